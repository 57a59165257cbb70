/**
 * Data directories on file systems without FIFOs (case 54). Such a one can rarely be mounted where tests run, so the two places where it is
 * met are played: what the kernel says of the directory's kind, and a mkfifo that fails there as it does on one.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, { chmodSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { DirigentPaths, TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';
import { shimGone } from '../rig/processes.ts';

const VFAT = 0x4d44;
const EXT4 = 0xef53;

/** Lets the kernel say that the file system of `dir` is of this kind. */
function playKind(t: TestContext, dir: string, type: number): void {
  const real = fs.statfsSync;
  const played = t.mock.method(fs, 'statfsSync', (path: string) => Object.assign(real(path), path === dir ? { type } : {}));
  syncBuiltinESMExports();
  atEnd(t, () => {
    played.mock.restore();
    syncBuiltinESMExports();
  });
}

function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  atEnd(t, () => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** Puts a mkfifo before the real one that makes nothing below `dir`. */
function playMkfifo(t: TestContext, dir: string): void {
  const bin = tempDir(t);
  const real = execFileSync('sh', ['-c', 'command -v mkfifo'], { encoding: 'utf8' }).trim();
  const refusal = `echo "mkfifo: cannot create fifo '$path': Operation not permitted" >&2; exit 1`;
  const script = `#!/bin/sh\nfor path; do case $path in ${dir}/*) ${refusal};; esac; done\nexec ${real} "$@"\n`;
  writeFileSync(join(bin, 'mkfifo'), script);
  chmodSync(join(bin, 'mkfifo'), 0o755);
  setVariable(t, 'PATH', `${bin}:${process.env['PATH']}`);
}

/** FIFOs and sockets below a folder. */
const specialFilesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const stats = lstatSync(join(dir, name));
    return stats.isFIFO() || stats.isSocket();
  });

test('case 54: on a file system without FIFOs they and the sockets lie in the runtime folder, and everything else where it belongs', async (t) => {
  const [dataDir, runtimeDir] = [tempDir(t), tempDir(t)];
  playKind(t, dataDir, VFAT);
  playMkfifo(t, dataDir);
  setVariable(t, 'XDG_RUNTIME_DIR', runtimeDir);
  const runner = await openRunner(t, { web: sh('echo said >/dev/stdout; read line; echo "got $line"') }, { dataDir });
  await runner.register({ name: 'reader', ...sh('read line; echo "got $line"'), stdin: 'pipe' });
  assert.equal(dirname(runner.paths.ipcDir()), join(runtimeDir, 'dirigent'));
  assert.equal((await runner.run('web')).tail, '[stdout] said\n[stdout] got \n');
  await runner.start('reader');
  await runner.write('reader', 'a word\n');
  await runner.waitFor('reader', 'finished');
  assert.equal(await runner.readOutput('reader', 'stdout'), 'got a word\n');
  assert.deepEqual(specialFilesIn(dataDir), []);
  assert.ok(specialFilesIn(runtimeDir).length > 1);
  await rejectsWith(TaskRunner.open({ dataDir }), 'DATA_DIR_BUSY');
});

test('case 54: where FIFOs turn out not to be had, opening is refused with what to do, and nothing is left', async (t) => {
  const dataDir = tempDir(t);
  playMkfifo(t, dataDir);
  const message =
    /no FIFOs can be made in .*run\/pipes \(.*Operation not permitted\); give a data directory on a file system that has them/;
  await rejectsWith(TaskRunner.open({ dataDir, tasks: { job: sh('true') } }), 'SHIM_LOST', message);
  await shimGone(dataDir);
  assert.deepEqual(specialFilesIn(dataDir), []);
});

test('case 54: a file system that has FIFOs, and a folder that is not there, are used as they are', (t) => {
  const dataDir = tempDir(t);
  playKind(t, dataDir, EXT4);
  for (const dir of [dataDir, join(dataDir, 'absent')]) assert.equal(new DirigentPaths(dir).ipcDir({}), join(dir, 'run'));
});
