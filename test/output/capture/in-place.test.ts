/** What others do to the files of a log: noticed while bytes come, put right, and what is missing is known. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LOOK_INTERVAL_MS } from '../../../src/output/capture/log-file.ts';
import { LogBench } from './log-bench.ts';
import { FakeClock, Rig } from './rig.ts';

test('case 43: a file that was unlinked is made anew within a second, and what went with it is known', (t) => {
  const bench = new LogBench(t);
  bench.put('gone\n');
  unlinkSync(bench.at());
  bench.put('gone too\n');
  bench.pass();
  bench.put('here\n');
  assert.equal(bench.text(), 'here\n');
  assert.deepEqual(bench.lost, [[14, 14]]);
  assert.equal(bench.log.endBytes, 19, 'offsets never go back');
});

test('case 43: a file that logrotate renamed is left to it, and made anew', (t) => {
  const bench = new LogBench(t);
  bench.put('one\n');
  renameSync(bench.at(), bench.at('archived'));
  bench.pass();
  bench.put('two\n');
  assert.deepEqual([bench.text('archived'), bench.text()], ['one\n', 'two\n']);
  assert.deepEqual([bench.lost, bench.log.endBytes], [[[4, 4]], 8]);
});

test('case 43: a file that was renamed to one of our rotated names is one of them: nothing is missing, and nothing is renamed over it', (t) => {
  const bench = new LogBench(t, 8);
  bench.put('one\n');
  renameSync(bench.at(), bench.at('stdout.log.1'));
  bench.pass();
  bench.put('two\n');
  bench.put('three\n');
  assert.deepEqual([bench.text('stdout.log.2'), bench.text('stdout.log.1'), bench.text()], ['one\n', 'two\n', 'three\n']);
  assert.deepEqual([bench.lost, bench.log.endBytes], [[], 14]);
});

test('case 43: a file that was truncated goes on, and what was cut off is known', (t) => {
  const bench = new LogBench(t);
  bench.put('one\ntwo\n');
  truncateSync(bench.at(), 4);
  bench.put('three');
  bench.pass();
  bench.put('\n');
  assert.equal(bench.text(), 'one\nthree\n');
  assert.deepEqual([bench.lost, bench.log.endBytes], [[[4, 13]], 14]);
});

test('case 43: when the whole folder is gone, it is made anew, for its owner alone', (t) => {
  const bench = new LogBench(t, 8);
  bench.put('one\ntwo\n');
  bench.put('three\n');
  rmSync(join(bench.path, '..'), { recursive: true });
  bench.pass();
  bench.put('four\n');
  assert.deepEqual(bench.files(), ['stdout.log']);
  assert.equal(statSync(bench.path).mode & 0o777, 0o700);
  assert.equal(statSync(bench.at()).mode & 0o777, 0o600);
  assert.equal(bench.text(), 'four\n');
  assert.deepEqual([bench.lost, bench.log.endBytes], [[[14, 14]], 19]);
});

test('case 43: at its bound a file is looked at whatever the time, and before it is closed as well', (t) => {
  const bench = new LogBench(t, 10);
  bench.put('gone\n');
  unlinkSync(bench.at());
  bench.put('second\n');
  assert.equal(bench.text(), 'second\n');
  unlinkSync(bench.at());
  bench.log.close();
  assert.equal(bench.text(), '');
  assert.deepEqual(bench.lost, [
    [5, 5],
    [7, 12],
  ]);
});

test('case 43: it is looked once a second while bytes come, and never while none do', (t) => {
  const bench = new LogBench(t);
  bench.put('first\n');
  let looks = 0;
  const { dir } = bench;
  const at = dir.at.bind(dir);
  dir.at = (name) => {
    if (name === 'stdout.log') looks += 1;
    return at(name);
  };
  for (let count = 0; count < 500; count += 1) {
    bench.clock.advance(10);
    bench.put('x\n');
  }
  assert.equal(looks, 5);
  bench.clock.advance(3_600_000);
  assert.equal(looks, 5);
  assert.equal(bench.clock.pendingTimers, 0);
});

test('what others wrote into a log is part of it', (t) => {
  const bench = new LogBench(t);
  bench.put('one\n');
  appendFileSync(bench.at(), 'a remark');
  bench.pass();
  bench.put('two\n');
  assert.equal(bench.text(), 'one\na remarktwo\n');
  assert.deepEqual([bench.lost, bench.log.endBytes], [[], 16]);
});

test('a renamed file is written to further while something unsafe lies at its name, the target of which is not touched', (t) => {
  const bench = new LogBench(t);
  bench.put('one\n');
  renameSync(bench.at(), bench.at('archived'));
  writeFileSync(bench.at('victim'), 'mine\n');
  symlinkSync(bench.at('victim'), bench.at());
  bench.pass();
  assert.equal(bench.put('two\n'), 0);
  assert.equal(bench.text('victim'), 'mine\n');
  unlinkSync(bench.at());
  bench.pass();
  bench.put('three\n');
  assert.deepEqual([bench.text('archived'), bench.text()], ['one\ntwo\n', 'three\n']);
  assert.deepEqual([bench.lost, bench.log.endBytes], [[[8, 8]], 14]);
});

test('a removed file that cannot be made anew presses back as a full disk does, and goes on once it can be', (t) => {
  const bench = new LogBench(t);
  bench.put('one\n');
  unlinkSync(bench.at());
  mkdirSync(bench.at());
  bench.pass();
  assert.equal(bench.put('two\n'), 4);
  assert.equal(bench.log.pressure.isOn, true);
  rmdirSync(bench.at());
  bench.clock.advance(1000);
  assert.equal(bench.log.pressure.isOn, false);
  assert.equal(bench.text(), 'two\n');
  assert.deepEqual([bench.lost, bench.log.endBytes], [[[4, 4]], 8]);
});

test('combined.log begins a line with its prefix where the file was truncated in the middle of it', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  const { pipes, run } = rig.attach();
  pipes.stdout.write('cut ');
  await rig.read(4);
  truncateSync(join(rig.dir, 'combined.log'));
  clock.advance(LOOK_INTERVAL_MS);
  pipes.stdout.write('off\n');
  await rig.read(8);
  pipes.stdout.write('whole\n');
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'cut off\nwhole\n');
  assert.equal(rig.text('combined.log'), '[stdout] off\n[stdout] whole\n');
});
