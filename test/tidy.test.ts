/** The house rules, executed over this repository. How each rule fails is shown in `tidy/planted.test.ts`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import type { Problem, Rule, Tree } from './tidy/facts.ts';
import { RULES } from './tidy/rules.ts';
import { privateWordsOf } from './tidy/rules/names.ts';
import { readTree, REPOSITORY } from './tidy/tree.ts';

const show = ({ path, line, message }: Problem): string => `${path}:${line}: ${message}`;

suite('house rules', () => {
  let tree: Tree;
  before(async () => {
    tree = await readTree(REPOSITORY);
  });

  const rules: [string, Rule][] = Object.entries(RULES);
  for (const [sentence, rule] of rules) {
    test(sentence, () => {
      assert.deepEqual(rule(tree).map(show), []);
    });
  }

  test('the rules see the whole repository', () => {
    const seen = new Set(tree.files.map(({ path }) => path));
    for (const path of ['src/errors.ts', 'src/shim/protocol.ts', 'test/tidy.test.ts', 'test/tidy/plugin.ts'])
      assert.ok(seen.has(path), path);
  });

  test('no commit message names a path or a registry of one machine', (t) => {
    if (!existsSync(join(REPOSITORY, '.git'))) return t.skip('not a checkout');
    const messages = execFileSync('git', ['log', '--format=%B'], { cwd: REPOSITORY, encoding: 'utf8' });
    return assert.deepEqual(privateWordsOf(messages), []);
  });
});
