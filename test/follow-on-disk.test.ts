/** Following from the files alone, where the moment matters: what happens between two looks is not lost. The rest is in `cli/logs-follow`. */
import assert from 'node:assert/strict';
import fs, { readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { followOutputOnDisk } from '../src/index.ts';
import { atEnd } from './rig/cleanup.ts';
import { openRunner, sh } from './rig/project.ts';

/** Calls `before` in the instant before `path` is watched. */
function beforeWatching(t: TestContext, path: string, before: () => void): void {
  const { watch } = fs;
  const watchAfter = (...args: Parameters<typeof watch>): ReturnType<typeof watch> => {
    if (args[0] === path) before();
    return watch(...args);
  };
  const { mock } = t.mock.method(fs, 'watch', watchAfter as typeof watch);
  syncBuiltinESMExports();
  atEnd(t, () => {
    mock.restore();
    syncBuiltinESMExports();
  });
}

test('a run that ends in the instant before its folder is watched has its last line shown, newline or not', async (t) => {
  const runner = await openRunner(t, { job: sh('printf "no newline"') });
  await runner.run('job');
  const dir = runner.paths.taskDir('job');
  const runFile = join(dir, 'run.json');
  const over = readFileSync(runFile, 'utf8');
  const goesOn = { ...(JSON.parse(over) as object), status: null, exit: null, pid: null, startTime: null };
  writeFileSync(runFile, JSON.stringify(goesOn));
  beforeWatching(t, dir, () => writeFileSync(runFile, over));
  const records = followOutputOnDisk(runner.paths, ['job'], { kind: 'stdout', from: 'start' });
  const { value } = (await records.next()) as { value: object };
  await records.return?.();
  assert.equal('text' in value && value.text, 'no newline');
});
