/** A folder with configuration files for the tests of `src/config`, and what loading them says. Removed when the test file ends. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/loaded.ts';
import type { Problem } from '../../src/config/problems.ts';
import { TaskError } from '../../src/errors.ts';

/** The folder, by its real path. */
export const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dirigent-config-')));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file into the folder and gives its path. */
export function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** Loads one file with this content. */
export const loadText = (content: string | Uint8Array, env: Record<string, string> = {}): Promise<LoadedConfig> =>
  loadConfig({ files: [write('dirigent.toml', content)], env, cwd: folder });

/** The error and the problems of a load that must fail. */
export async function failureOf(load: Promise<unknown>): Promise<{ message: string; problems: readonly Problem[] }> {
  const error: unknown = await load.then(
    () => assert.fail('expected the configuration to be refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TaskError, String(error));
  assert.equal(error.code, 'CONFIG_INVALID');
  return { message: error.message, problems: error.details['problems'] as readonly Problem[] };
}

/** The problems of a file with this content. */
export const problemsOf = async (content: string | Uint8Array, env: Record<string, string> = {}): Promise<readonly Problem[]> =>
  (await failureOf(loadText(content, env))).problems;

/** The only problem of a file with this content. */
export async function problemOf(content: string | Uint8Array, env: Record<string, string> = {}): Promise<Problem> {
  const problems = await problemsOf(content, env);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0] ?? assert.fail();
}
