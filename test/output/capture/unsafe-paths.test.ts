/** A hostile log directory: what is planted is refused and not touched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { UnsafePathError } from '../../../src/util/owned-dir.ts';
import { Rig, scratchDir } from './rig.ts';

const PLANTS: readonly { readonly what: string; readonly plant: (path: string, outside: string) => unknown }[] = [
  { what: 'a symbolic link', plant: (path, outside) => symlinkSync(outside, path) },
  { what: 'a dangling symbolic link', plant: (path, outside) => symlinkSync(`${outside}-missing`, path) },
  { what: 'a hard link', plant: (path, outside) => linkSync(outside, path) },
  { what: 'a FIFO', plant: (path) => spawnSync('mkfifo', [path]) },
  { what: 'a directory', plant: (path) => mkdirSync(path) },
  {
    what: 'a socket',
    plant: async (path) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path, resolve));
      return () => server.close();
    },
  },
];

for (const { what, plant } of PLANTS) {
  for (const name of ['stdout.log', 'stderr.log', 'combined.log', 'stdout.log.1', 'combined.log.7', 'stdout.log.2.gz', 'stderr.idx']) {
    for (const rotate of [true, false]) {
      const when = rotate ? 'before a rotation' : 'when appending';
      test(`case 50: ${what} at ${name} is refused ${when}, and its target is untouched`, async (t) => {
        const rig = new Rig(t);
        mkdirSync(rig.dir, { recursive: true, mode: 0o700 });
        const outside = join(rig.root, 'outside');
        writeFileSync(outside, 'precious', { mode: 0o644 });
        const undo = await plant(join(rig.dir, name), outside);
        const planted = lstatSync(join(rig.dir, name));
        const pipes = rig.pipes();
        try {
          assert.throws(() => rig.session.attach(rig.request(pipes, { rotate })), UnsafePathError);
          pipes.closeReadEnds();
          assert.equal(readFileSync(outside, 'utf8'), 'precious');
          assert.equal(statSync(outside).mode & 0o777, 0o644);
          assert.deepEqual(readdirSync(rig.root).includes('outside-missing'), false);
          assert.equal(lstatSync(join(rig.dir, name)).ino, planted.ino, 'it is still there');
        } finally {
          pipes.end();
          if (typeof undo === 'function') undo();
        }
      });
    }
  }
}

test('case 51: a link planted after the start, where a log is still to be created, is refused: what comes is dropped and counted', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach({ combined: false });
  const outside = join(rig.root, 'outside');
  writeFileSync(outside, 'precious');
  symlinkSync(outside, join(rig.dir, 'stdout.log'));
  pipes.stdout.write('said\n');
  pipes.end();
  await rig.ended(run);
  assert.equal(readFileSync(outside, 'utf8'), 'precious');
  assert.deepEqual(rig.session.counters('web').stdout, { read: 5, written: 0, dropped: 5, pending: 0 });
  assert.deepEqual(rig.names(), ['stderr.log', 'stdout.log']);
});

test('case 50: a device is refused', { skip: process.geteuid?.() === 0 ? false : 'making a device takes root' }, (t) => {
  const rig = new Rig(t);
  mkdirSync(rig.dir, { recursive: true, mode: 0o700 });
  assert.equal(spawnSync('mknod', [join(rig.dir, 'stdout.log'), 'c', '1', '3']).status, 0);
  const pipes = rig.pipes();
  assert.throws(() => rig.session.attach(rig.request(pipes)), /is a device/);
  pipes.end();
});

test('case 50: a log directory that is a link, or that others may write to, is refused', (t) => {
  const rig = new Rig(t);
  mkdirSync(join(rig.root, 'tasks', 'elsewhere'), { recursive: true, mode: 0o700 });
  symlinkSync(join(rig.root, 'tasks', 'elsewhere'), rig.dir);
  const pipes = rig.pipes();
  assert.throws(() => rig.session.attach(rig.request(pipes)), UnsafePathError);
  pipes.end();
  assert.deepEqual(readdirSync(join(rig.root, 'tasks', 'elsewhere')), []);
});

test('case 51: a path component swapped for a link after the directory was opened changes nothing', async (t) => {
  const rig = new Rig(t);
  const elsewhere = scratchDir(t);
  const { pipes, run } = rig.attach({ maxSizeBytes: 8 });
  pipes.stdout.write('before\n');
  await rig.read(7);
  renameSync(join(rig.root, 'tasks'), join(rig.root, 'moved'));
  mkdirSync(join(elsewhere, 'web'));
  symlinkSync(elsewhere, join(rig.root, 'tasks'));
  pipes.stdout.write('after\n');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(readdirSync(join(elsewhere, 'web')), []);
  const read = (name: string): string => readFileSync(join(rig.root, 'moved', 'web', name), 'utf8');
  assert.deepEqual([read('stdout.log.1'), read('stdout.log')], ['before\n', 'after\n']);
});

for (const umask of ['000', '077', '777']) {
  test(`case 52: under umask ${umask} files are 0600 and the directory 0700`, (t) => {
    const dir = join(scratchDir(t), 'web');
    // A directory that is there: with umask 777 one that is created could not be entered by anyone but root.
    if (umask === '777') mkdirSync(dir, { mode: 0o700 });
    const fixture = fileURLToPath(new URL('../../fixtures/capture-umask.js', import.meta.url));
    const child = spawnSync(process.execPath, [fixture, dir, umask], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(dir).sort(), ['combined.log', 'stderr.log', 'stdout.idx', 'stdout.log', 'stdout.log.1']);
    for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  });
}
