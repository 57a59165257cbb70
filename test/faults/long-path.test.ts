/** Data directories whose socket would have a path of more than 107 bytes, which Node.js 20 silently cuts: they use a short folder, which must be ours alone. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { Host } from '../rig/host.ts';
import { sh, tempDir } from '../rig/project.ts';

function longDir(t: TestContext): string {
  const dir = join(tempDir(t), 'a'.repeat(60), 'b'.repeat(60));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** A line for a host whose runtime folder is `dir`. */
const withRuntimeDir = (dir: string): string => `XDG_RUNTIME_DIR="${dir}" exec "$@"`;

test('a runner on a long path works, keeps its socket in the runtime folder, and locks the directory itself', async (t) => {
  const [dataDir, runtimeDir] = [longDir(t), tempDir(t)];
  const under = withRuntimeDir(runtimeDir);
  const host = await Host.open(t, { dataDir, tasks: { task: sh('echo said >/dev/stdout') } }, { under });
  await host.ask('run', 'task');
  assert.equal(await host.ask('readOutput', 'task', 'stdout'), 'said\n');
  const [folder = ''] = readdirSync(join(runtimeDir, 'dirigent'));
  const socket = join(runtimeDir, 'dirigent', folder, 'shim.sock');
  assert.ok(lstatSync(socket).isSocket() && Buffer.byteLength(socket) <= 107);
  assert.equal(lstatSync(join(runtimeDir, 'dirigent', folder)).mode & 0o777, 0o700);
  assert.equal(existsSync(join(dataDir, 'run', 'shim.sock')), false);
  await assert.rejects(Host.open(t, { dataDir }, { under }), { code: 'DATA_DIR_BUSY' });
});

test('two long paths have two folders, and two spellings of one path have one', async (t) => {
  const [one, two, runtimeDir] = [longDir(t), longDir(t), tempDir(t)];
  const under = withRuntimeDir(runtimeDir);
  const [, second] = [await Host.open(t, { dataDir: one }, { under }), await Host.open(t, { dataDir: two }, { under })];
  assert.equal(readdirSync(join(runtimeDir, 'dirigent')).length, 2);
  await second.close();
  const link = join(tempDir(t), 'c'.repeat(100));
  symlinkSync(join(two, '..'), link);
  await Host.open(t, { dataDir: join(link, 'b'.repeat(60)) }, { under });
  assert.equal(readdirSync(join(runtimeDir, 'dirigent')).length, 2);
});

test('case 34: a runtime folder that is a symbolic link, or that others may write to, is refused, and nothing is created behind it', async (t) => {
  const [dataDir, runtimeDir, elsewhere] = [longDir(t), tempDir(t), tempDir(t)];
  symlinkSync(elsewhere, join(runtimeDir, 'dirigent'));
  const refusal = { code: 'DATA_DIR_UNSAFE', message: /dirigent is (a symbolic link|not a directory)/ };
  await assert.rejects(Host.open(t, { dataDir }, { under: withRuntimeDir(runtimeDir) }), refusal);
  assert.deepEqual(readdirSync(elsewhere), []);

  const open = tempDir(t);
  mkdirSync(join(open, 'dirigent'));
  chmodSync(join(open, 'dirigent'), 0o777);
  await assert.rejects(Host.open(t, { dataDir }, { under: withRuntimeDir(open) }), {
    code: 'DATA_DIR_UNSAFE',
    message: /writable by others/,
  });
});

test(
  'case 34: a folder in /tmp that another user made first is refused',
  { skip: process.geteuid?.() !== 0 && 'needs a file of another user' },
  async (t) => {
    const [dataDir, tmp] = [longDir(t), tempDir(t)];
    const planted = join(tmp, 'dirigent-0');
    mkdirSync(planted, { mode: 0o700 });
    chownSync(planted, 65534, 65534);
    const under = `unset XDG_RUNTIME_DIR; TMPDIR="${tmp}" exec "$@"`;
    await assert.rejects(Host.open(t, { dataDir }, { under }), { code: 'DATA_DIR_UNSAFE', message: /belongs to user 65534/ });
    assert.deepEqual(readdirSync(planted), []);
  },
);

test('a task folder with a long path is no obstacle: only sockets have that limit', async (t) => {
  const dataDir = longDir(t);
  const runner = await TaskRunner.open({ dataDir, tasks: { ['x'.repeat(64)]: sh('echo said') } });
  atEnd(t, () => runner.close());
  assert.equal((await runner.run('x'.repeat(64))).exitCode, 0);
});
