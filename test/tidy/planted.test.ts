/** Plants each violation in a temporary folder and shows that its rule, and no other, points at exactly it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Rule, Tree } from './facts.ts';
import { INNOCENT, PLANTED } from './planted-cases.ts';
import { RULES } from './rules.ts';
import { privateWordsOf } from './rules/names.ts';
import { readTree, readTrees } from './tree.ts';

const ENTRIES: [string, Rule][] = Object.entries(RULES);

function plant(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const opened = /^(?:\/\/|#!|\/\* oxlint)/.test(text) || !path.endsWith('.ts') ? text : `/** Planted. */\n${text}`;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), opened);
  }
}

const broken = (tree: Tree): string[] => ENTRIES.flatMap(([name, rule]) => rule(tree).map(({ path, line }) => `${name}: ${path}:${line}`));

suite('a planted violation', () => {
  let root: string;
  let trees: Map<string, Tree>;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'planted-'));
    for (const [index, { files }] of PLANTED.entries()) plant(join(root, String(index)), files);
    plant(join(root, 'innocent'), INNOCENT);
    trees = await readTrees(root);
  });
  after(() => rmSync(root, { recursive: true }));

  const treeOf = (name: string): Tree => {
    const tree = trees.get(name);
    assert.ok(tree !== undefined, name);
    return tree;
  };

  for (const [index, { title, rule, at }] of PLANTED.entries()) {
    test(`${title} is found, and nothing else is`, () => {
      assert.deepEqual(
        broken(treeOf(String(index))),
        at.map((place) => `${rule}: ${place}`),
      );
    });
  }

  test('code that only looks like a violation passes', () => {
    assert.deepEqual(broken(treeOf('innocent')), []);
  });

  test('every rule is shown to fail by at least one violation', () => {
    const shown = new Set<string>(PLANTED.map(({ rule }) => rule));
    assert.deepEqual(
      ENTRIES.map(([name]) => name).filter((name) => !shown.has(name)),
      [],
    );
  });
});

suite('a tree that cannot be read', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'planted-'));
  });
  after(() => rmSync(root, { recursive: true }));

  test('a file that switches every lint rule off is refused, not passed by', async () => {
    plant(join(root, 'off'), { 'src/model/a.ts': '/* oxlint-disable */\nconst x: any = 0;\nvoid x;\n' });
    await assert.rejects(readTree(join(root, 'off')), /no facts about src\/model\/a\.ts/);
  });

  test('a file that is no TypeScript is refused by name', async () => {
    plant(join(root, 'bad'), { 'src/model/a.ts': 'const = ;\n' });
    await assert.rejects(readTree(join(root, 'bad')), /src\/model\/a\.ts/);
  });
});

test('a commit message that names a path of one machine is found', () => {
  const line = `Move it to ${['', 'root', 'x'].join('/')}`;
  assert.deepEqual(privateWordsOf(`A sentence.\n${line}\nAnother.`), [line]);
});
