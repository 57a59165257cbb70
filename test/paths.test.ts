/** Where a runner keeps things. Only names. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { DirigentPaths } from '../src/index.ts';
import { MAX_SOCKET_PATH_BYTES } from '../src/paths.ts';
import { openRunner, sh, tempDir } from './rig/project.ts';

test('everything lies below the data directory, which is absolute', () => {
  const paths = new DirigentPaths('some/data');
  const dataDir = resolve('some/data');
  assert.equal(paths.dataDir, dataDir);
  assert.equal(paths.tasksDir(), join(dataDir, 'tasks'));
  assert.equal(paths.taskDir('web'), join(dataDir, 'tasks', 'web'));
  assert.equal(paths.runDir(), join(dataDir, 'run'));
  assert.deepEqual(
    (['stdout', 'stderr', 'combined'] as const).map((kind) => paths.logFile('web', kind)),
    ['stdout', 'stderr', 'combined'].map((kind) => join(dataDir, 'tasks', 'web', `${kind}.log`)),
  );
});

/** A data directory whose socket's path has exactly this many bytes. */
function dataDirFor(base: string, socketPathBytes: number): string {
  const missing = socketPathBytes - Buffer.byteLength(join(base, 'x', 'run', 'dirigent.sock')) + 1;
  return join(base, 'x'.repeat(missing));
}

test('sockets lie in the run folder as long as their path fits in a socket address, and not a byte longer', (t) => {
  const base = tempDir(t);
  const env = { XDG_RUNTIME_DIR: '/run/user/7' };
  const fits = new DirigentPaths(dataDirFor(base, MAX_SOCKET_PATH_BYTES));
  assert.equal(fits.ipcDir(env), fits.runDir());
  const tooLong = new DirigentPaths(dataDirFor(base, MAX_SOCKET_PATH_BYTES + 1));
  mkdirSync(tooLong.dataDir);
  assert.equal(dirname(tooLong.ipcDir(env)), '/run/user/7/dirigent');
});

test('the short folder is this data directory’s alone, however it is spelled', (t) => {
  const base = tempDir(t);
  const long = join(base, 'y'.repeat(100));
  for (const name of ['one', 'two']) mkdirSync(join(long, name), { recursive: true });
  symlinkSync(long, join(base, 'z'.repeat(100)));
  const ipcDirOf = (dir: string): string => new DirigentPaths(dir).ipcDir({ XDG_RUNTIME_DIR: '/run/user/7' });
  assert.equal(ipcDirOf(join(long, 'one')), ipcDirOf(join(base, 'z'.repeat(100), 'one')));
  assert.notEqual(ipcDirOf(join(long, 'one')), ipcDirOf(join(long, 'two')));
});

for (const value of [undefined, '', 'relative/folder']) {
  test(`without a usable XDG_RUNTIME_DIR (${JSON.stringify(value)}) the short folder lies in one of this user's in the temporary folder`, (t) => {
    const dir = join(tempDir(t), 'y'.repeat(100));
    mkdirSync(dir);
    const ipcDir = new DirigentPaths(dir).ipcDir(value === undefined ? {} : { XDG_RUNTIME_DIR: value });
    assert.equal(dirname(ipcDir), join(tmpdir(), `dirigent-${process.geteuid?.()}`));
  });
}

test('a runner works on a data directory with a path that is too long for a socket', async (t) => {
  const runner = await openRunner(t, { job: sh('echo hi') }, { dataDir: join(tempDir(t), 'long'.repeat(50)) });
  assert.ok(Buffer.byteLength(runner.paths.runDir()) > MAX_SOCKET_PATH_BYTES);
  assert.equal((await runner.run('job')).tail, '[stdout] hi\n');
});
