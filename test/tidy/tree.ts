/** Reads a repository, or a folder planted like one, into the facts the rules are run on. Judges nothing and writes nothing. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileFacts, ParsedFacts, Tree } from './facts.ts';

/** The repository this test was built in. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** Folders whose TypeScript the rules are about. */
const CODE = /^(?:src|machines|test|docs|examples)\/.*\.tsx?$/;
const PASSED_BY = new Set(['node_modules', 'dist', 'coverage', '.git', '.dirigent', 'package-lock.json']);
const TEXT = /\.(?:[cm]?[jt]sx?|json|jsonc|md|toml|ya?ml|html|css|svg|txt|sh|c)$|(?:^|\/)(?:run|LICENSE|\.gitignore)$/;

/** Reads the tree at `root`. */
export async function readTree(root: string): Promise<Tree> {
  const texts = readTexts(root);
  const parsed = await parse(
    root,
    [...texts.keys()].filter((path) => CODE.test(path)),
  );
  return toTree(texts, parsed);
}

/** Reads each folder in `parent` as a tree of its own; one parse serves them all. */
export async function readTrees(parent: string): Promise<Map<string, Tree>> {
  const texts = readTexts(parent);
  const inTree = (path: string): string => path.slice(path.indexOf('/') + 1);
  const parsed = await parse(
    parent,
    [...texts.keys()].filter((path) => CODE.test(inTree(path))),
  );
  const names = readdirSync(parent);
  const only = <T>(name: string, all: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...all].filter(([path]) => path.startsWith(`${name}/`)).map(([path, value]) => [inTree(path), value]));
  return new Map(names.map((name) => [name, toTree(only(name, texts), only(name, parsed))]));
}

function toTree(texts: ReadonlyMap<string, string>, parsed: ReadonlyMap<string, ParsedFacts>): Tree {
  const files: FileFacts[] = [...parsed].map(([path, facts]) => ({ path, text: texts.get(path) ?? '', ...facts }));
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), texts };
}

function readTexts(root: string): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (PASSED_BY.has(entry.name)) continue;
      const path = join(folder, entry.name);
      const name = relative(root, path).split(sep).join('/');
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && TEXT.test(name)) texts.set(name, readFileSync(path, 'utf8'));
    }
  };
  walk(root);
  return texts;
}

/**
 * Parses files with oxlint and our plugin.
 * @throws Error when one cannot be parsed, or hides from the parse behind a comment that switches every rule off
 */
async function parse(root: string, paths: readonly string[]): Promise<Map<string, ParsedFacts>> {
  const found = new Map<string, ParsedFacts>();
  if (paths.length === 0) return found;
  for (const { code, filename, message } of await runOxlint(root, paths)) {
    if (code !== 'tidy(facts)') throw new Error(`${filename ?? root}: ${message}`);
    found.set(String(filename), JSON.parse(message) as ParsedFacts);
  }
  const missing = paths.filter((path) => !found.has(path));
  if (missing.length > 0)
    throw new Error(`no facts about ${missing.join(', ')}: does a comment disable every lint rule there? Name the rule.`);
  return found;
}

interface Diagnostic {
  readonly code?: string;
  readonly filename?: string;
  readonly message: string;
}

async function runOxlint(root: string, paths: readonly string[]): Promise<Diagnostic[]> {
  const bin = join(REPOSITORY, 'node_modules/oxlint/bin/oxlint');
  const args = [bin, '-c', join(REPOSITORY, 'test/tidy/facts.oxlintrc.json'), '--format', 'json', ...paths];
  return new Promise((resolve, reject) => {
    // oxlint exits with 1 because our plugin reports every file: what it printed decides, not its code.
    execFile(process.execPath, args, { cwd: root, maxBuffer: 256 * 1024 * 1024 }, (_error, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch (cause) {
        reject(new Error(`oxlint printed no JSON: ${stdout.slice(0, 500)}${stderr.slice(0, 500)}`, { cause }));
      }
    });
  });
}
