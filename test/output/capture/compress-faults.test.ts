/** Compression that is cut short, fails, or has its files taken away: the plain file stays until the copy stands for it. */
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdirSync, rmSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startLogWorker } from '../../../src/output/capture/client.ts';
import { OwnedDir } from '../../../src/util/owned-dir.ts';
import { COMPRESSED, allCompressed, file, fill, names, plain, temps, tools, until } from './compressing.ts';
import { contents, openLogs, read } from './disk-logs.ts';
import { Notices, Pipes, Rig, requestFor, scratchDir, turn } from './rig.ts';

test('a file that is removed while it is compressed leaves nothing behind, whoever removes it', async (t) => {
  for (const byLimit of [true, false]) {
    const dir = scratchDir(t);
    const logs = openLogs(dir, { ...COMPRESSED, keep: 1 }, tools(t));
    fill(logs, ['a', 'b']);
    await until(() => temps(dir).length > 0);
    if (byLimit) fill(logs, ['c']);
    else unlinkSync(join(dir, 'stdout.log.1'));
    await allCompressed(dir);
    assert.deepEqual(contents(dir), byLimit ? [file('b'), file('c')] : [file('b')]);
    logs.close();
  }
});

const HALF = gzipSync(file('a')).subarray(0, 12);
/** What a crash leaves in the folder at each step of compressing `stdout.log.1`. */
const CRASHES: readonly (readonly [step: string, leave: (dir: string) => void])[] = [
  ['before anything', () => {}],
  ['in the middle of the copy', (dir) => writeFileSync(join(dir, '.stdout.log.gz.tmp-77'), HALF, { mode: 0o600 })],
  ['with the copy complete', (dir) => writeFileSync(join(dir, '.stdout.log.gz.tmp-77'), gzipSync(file('a')), { mode: 0o600 })],
  ['before the plain file is removed', (dir) => writeFileSync(join(dir, 'stdout.log.1.gz'), gzipSync(file('a')), { mode: 0o600 })],
  [
    'when a rotation came after that',
    (dir) => {
      writeFileSync(join(dir, 'stdout.log.3.gz'), gzipSync(file('a')), { mode: 0o600 });
      copyFileSync(join(dir, 'stdout.log.1'), join(dir, 'stdout.log.3'));
      unlinkSync(join(dir, 'stdout.log.1'));
    },
  ],
  [
    'at the end',
    (dir) => {
      writeFileSync(join(dir, 'stdout.log.1.gz'), gzipSync(file('a')), { mode: 0o600 });
      unlinkSync(join(dir, 'stdout.log.1'));
    },
  ],
];

for (const [step, leave] of CRASHES) {
  for (const compress of [true, false]) {
    test(`a crash ${step} loses nothing, and what it left is cleaned up at the opening, compress = ${compress}`, async (t) => {
      const dir = scratchDir(t);
      writeFileSync(join(dir, 'stdout.log.1'), file('a'), { mode: 0o600 });
      writeFileSync(join(dir, 'stdout.log'), 'now\n', { mode: 0o600 });
      leave(dir);
      assert.deepEqual(contents(dir), [file('a'), 'now\n'], 'as readers see it');
      const logs = openLogs(dir, { ...COMPRESSED, compress }, tools(t));
      assert.deepEqual([contents(dir), temps(dir)], [[file('a'), 'now\n'], []]);
      assert.equal(logs.stdout.endBytes, 14, 'the offset counts what was compressed');
      if (compress) await allCompressed(dir);
      assert.equal(names(dir).length, 2, 'each file once');
      assert.deepEqual(contents(dir), [file('a'), 'now\n']);
      logs.close();
    });
  }
}

test('a compression that fails leaves the plain file, says so once, and is tried again at the next rotation', async (t) => {
  const dir = scratchDir(t);
  const warnings: string[] = [];
  const logs = openLogs(
    dir,
    COMPRESSED,
    tools(t, (message) => warnings.push(message)),
  );
  const inTheWay = (name: string): string => join(dir, `.stdout.log.gz.tmp-${statSync(join(dir, name), { bigint: true }).ino}`);
  fill(logs, ['a', 'b']);
  const blocked = [inTheWay('stdout.log.1'), inTheWay('stdout.log')];
  for (const path of blocked) mkdirSync(path);
  await until(() => warnings.length > 0);
  assert.match(warnings[0] ?? '', new RegExp(`^rotated files in ${dir} stay uncompressed for now: E[A-Z]+, `));
  fill(logs, ['c']);
  await turn();
  await turn();
  assert.deepEqual([plain(dir).length, warnings.length], [2, 1]);
  for (const path of blocked) rmdirSync(path);
  fill(logs, ['d']);
  await allCompressed(dir);
  assert.deepEqual(contents(dir), ['a', 'b', 'c', 'd'].map(file));
  assert.equal(warnings.length, 1);
  logs.close();
});

test('a copy that cannot take the place of its original leaves that where it is', async (t) => {
  for (const method of ['rename', 'remove'] as const) {
    const dir = scratchDir(t);
    const warnings: string[] = [];
    const logs = openLogs(
      dir,
      COMPRESSED,
      tools(t, (message) => warnings.push(message)),
    );
    const original = OwnedDir.prototype[method];
    const mock = t.mock.method(OwnedDir.prototype, method, function (this: OwnedDir, from: string, to: string) {
      const isMeant = method === 'rename' ? to === 'stdout.log.1.gz' : from === 'stdout.log.1';
      if (isMeant) throw Object.assign(new Error('EIO'), { code: 'EIO', errno: -5 });
      original.call(this, from, to);
    });
    fill(logs, ['a', 'b']);
    await until(() => warnings.length > 0);
    assert.deepEqual(names(dir), ['stdout.log', 'stdout.log.1']);
    assert.deepEqual(contents(dir), [file('a'), file('b')]);
    mock.mock.restore();
    fill(logs, ['c']);
    await allCompressed(dir);
    assert.deepEqual(contents(dir), ['a', 'b', 'c'].map(file));
    logs.close();
  }
});

test('a file that others change while it is compressed stays as it is, and is not begun again and again', async (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir, COMPRESSED, tools(t));
  fill(logs, ['a', 'b']);
  await until(() => temps(dir).length > 0);
  appendFileSync(join(dir, 'stdout.log.1'), 'more\n');
  await until(() => temps(dir).length === 0);
  for (let turns = 0; turns < 50; turns += 1) {
    await turn();
    assert.deepEqual(names(dir), ['stdout.log', 'stdout.log.1']);
  }
  assert.equal(read(dir, 'stdout.log.1'), `${file('a')}more\n`);
  logs.close();
});

test('the folder may go while a file in it is compressed', async (t) => {
  const [dir, other] = [join(scratchDir(t), 'web'), scratchDir(t)];
  const warnings: string[] = [];
  const shared = tools(t, (message) => warnings.push(message));
  const logs = openLogs(dir, COMPRESSED, shared);
  fill(logs, ['a', 'b']);
  logs.close();
  await until(() => temps(dir).length > 0);
  rmSync(dir, { recursive: true });
  const others = openLogs(other, COMPRESSED, shared);
  fill(others, ['a', 'b']);
  await allCompressed(other);
  assert.deepEqual(warnings, []);
  others.close();
});

test('a task that is removed is compressed no more', async (t) => {
  const rig = new Rig(t);
  for (const text of ['first\n', 'second\n']) {
    const { pipes, run } = rig.attach({ rotate: true, compress: true });
    pipes.stdout.write(text);
    pipes.end();
    await rig.ended(run);
  }
  await until(() => temps(rig.dir).length > 0);
  rig.session.forget('web');
  assert.deepEqual(temps(rig.dir), []);
  rmSync(rig.dir, { recursive: true });
});

test('closing waits for no compression, and leaves the files as they were', async (t) => {
  const root = scratchDir(t);
  const dir = join(root, 'web');
  mkdirSync(dir, { mode: 0o700 });
  const large = Buffer.alloc(64 * 1024 * 1024, 'some text to compress\n');
  writeFileSync(join(dir, 'stdout.log.1'), large, { mode: 0o600 });
  const worker = startLogWorker(new Notices());
  const pipes = new Pipes(root, 'run');
  await worker.attach(requestFor(dir, pipes, { compress: true }));
  await until(() => temps(dir).length > 0);
  await worker.close();
  assert.equal((await worker.ended).exitCode, 0);
  assert.deepEqual(temps(dir), []);
  assert.equal(statSync(join(dir, 'stdout.log.1')).size, large.length);
  pipes.end();
});
