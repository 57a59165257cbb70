/** A log whose file may not be written, created or renamed for a while: it goes on where it was, and loses nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_PRESSURE_MS } from '../../../src/output/capture/write-pressure.ts';
import { systemError } from './failing-disk.ts';
import type { DiskError } from './failing-disk.ts';
import { LogBench } from './log-bench.ts';

for (const code of ['EPERM', 'EACCES'] as const) {
  test(`case 44: a file that may not be written to for a second (${code}) loses nothing`, (t) => {
    const bench = new LogBench(t);
    bench.put('one\n');
    Object.assign(bench.disk, { code, freeBytes: 0 });
    assert.equal(bench.put('two\n'), 4);
    bench.clock.advance(1000);
    bench.disk.mend();
    bench.clock.advance(1000);
    bench.put('three\n');
    assert.equal(bench.text(), 'one\ntwo\nthree\n');
  });
}

test('case 44: a file that was made immutable presses back, and resumes', (t) => {
  const bench = new LogBench(t);
  bench.put('one\n');
  const chattr = (flag: string): ReturnType<typeof spawnSync> => spawnSync('chattr', [flag, bench.at()], { encoding: 'utf8' });
  const made = chattr('+i');
  if (made.status !== 0) {
    // Who may not do it, or whose file system knows no such thing, is told so; then there is nothing to resume from.
    assert.match(String(made.stderr) + String(made.error ?? ''), /not permitted|not supported|Inappropriate ioctl|ENOENT/);
    return;
  }
  const missing = bench.put('two\n');
  assert.equal(chattr('-i').status, 0);
  assert.equal(missing, 4);
  bench.clock.advance(1000);
  assert.equal(bench.text(), 'one\ntwo\n');
});

test('case 44: a file that cannot be created for want of permission is, once there is', (t) => {
  const bench = new LogBench(t);
  const { dir } = bench;
  const openFile = dir.openFile.bind(dir);
  dir.openFile = () => {
    throw systemError('EACCES');
  };
  assert.equal(bench.put('one\n'), 4);
  bench.clock.advance(1000);
  dir.openFile = openFile;
  bench.clock.advance(1000);
  assert.equal(bench.text(), 'one\n');
});

const RENAME_ERRORS: readonly DiskError[] = ['EACCES', 'EPERM', 'ENOSPC', 'EIO', 'EROFS'];

for (const code of RENAME_ERRORS) {
  test(`case 46: when a rename fails with ${code} the current log is kept, and rotated with the next bytes`, (t) => {
    const bench = new LogBench(t, 10);
    const { dir } = bench;
    const rename = dir.rename.bind(dir);
    bench.put('one\n');
    dir.rename = () => {
      throw systemError(code);
    };
    assert.equal(bench.put('two\nthree\n'), 0, 'the bound yields, the bytes do not');
    assert.equal(bench.text(), 'one\ntwo\nthree\n');
    dir.rename = rename;
    bench.put('four\n');
    assert.deepEqual([bench.text('stdout.log.1'), bench.text()], ['one\ntwo\nthree\n', 'four\n']);
    assert.deepEqual([bench.lost, bench.log.endBytes], [[], 19]);
  });
}

test('case 46: when the new file cannot be made after the rename, the rename is undone', (t) => {
  const bench = new LogBench(t, 10);
  const { dir } = bench;
  const openFile = dir.openFile.bind(dir);
  bench.put('one\n');
  dir.openFile = () => {
    throw systemError('ENOSPC');
  };
  bench.put('two\nthree\n');
  assert.deepEqual(bench.files(), ['stdout.log']);
  dir.openFile = openFile;
  bench.put('four\n');
  assert.deepEqual([bench.text('stdout.log.1'), bench.text()], ['one\ntwo\nthree\n', 'four\n']);
});

test('case 46: a file that vanishes between the look and the rename stops nothing', (t) => {
  const bench = new LogBench(t, 10);
  const { dir } = bench;
  const rename = dir.rename.bind(dir);
  bench.put('one\n');
  dir.rename = (from, to) => {
    rmSync(bench.at(), { force: true });
    rename(from, to);
  };
  assert.equal(bench.put('two\nthree\n'), 6);
  dir.rename = rename;
  bench.clock.advance(MAX_PRESSURE_MS);
  assert.equal(bench.text(), 'three\n');
  assert.deepEqual([bench.lost, bench.log.endBytes], [[[8, 8]], 14]);
});
