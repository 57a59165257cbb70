/** Rotation: no file passes its bound, no byte is lost or moved, and only what is too much goes. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OutputPlan } from '../../../src/shim/protocol.ts';
import { systemClock } from '../../../src/output/capture/clock.ts';
import { LogFile } from '../../../src/output/capture/log-file.ts';
import { LogIndex } from '../../../src/output/capture/log-index.ts';
import type { LogSink } from '../../../src/output/capture/log-sink.ts';
import { DiskLogs } from '../../../src/output/capture/task-logs.ts';
import { logName, rotatedIndexes } from '../../../src/output/layout.ts';
import type { LogKind } from '../../../src/output/layout.ts';
import { OwnedDir } from '../../../src/util/owned-dir.ts';
import { Rig, logNames, runChild, scratchDir, splitCombined } from './rig.ts';

const PLAN: OutputPlan = { dir: null, rotate: false, maxSizeBytes: 10, keep: 3, totalBytes: 1e9, combined: false };

function openLogs(dir: string, changes: Partial<OutputPlan> = {}): DiskLogs {
  const plan = { ...PLAN, ...changes };
  const logs = new DiskLogs(dir, plan, {}, { clock: systemClock }, () => {});
  logs.prepare(plan);
  return logs;
}

const put = (log: LogSink, text: string): number => log.append(Buffer.from(text), 0, Buffer.byteLength(text));
const read = (dir: string, name: string): string => readFileSync(join(dir, name), 'latin1');

/** Rotated files oldest to newest, then the current one. */
function contents(dir: string): string[] {
  const indexes = rotatedIndexes(readdirSync(dir), 'stdout').reverse();
  return [...indexes, 0].map((index) => read(dir, logName('stdout', index)));
}

test('any pieces, any bound: no file passes it, and what remains is the end of what was written', () => {
  const root = mkdtempSync(join(tmpdir(), 'dirigent-capture-'));
  let count = 0;
  const pieces = fc.array(fc.array(fc.constantFrom('\n', 'a', 'bb', 'c'.repeat(30)), { maxLength: 12 }).map((parts) => parts.join('')));
  try {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 4 }), (texts, maxSizeBytes, keep) => {
        count += 1;
        const path = join(root, String(count));
        const logs = openLogs(path, { maxSizeBytes, keep });
        for (const text of texts) assert.equal(put(logs.stdout, text), 0);
        logs.close();
        const files = contents(path);
        const kept = files.join('');
        for (const file of files) assert.ok(file.length <= maxSizeBytes);
        assert.ok(files.length <= keep + 1);
        assert.ok(texts.join('').endsWith(kept));
        assert.equal(logs.stdout.endBytes, texts.join('').length);
        if (texts.join('').length <= maxSizeBytes) assert.equal(kept, texts.join(''));
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('logs that are not there are created apart from the opening, also of a run that says nothing, and with the first bytes at the latest', (t) => {
  const [silent, loud] = [scratchDir(t), scratchDir(t)];
  const logs = openLogs(silent);
  assert.deepEqual(readdirSync(silent), []);
  logs.createMissing();
  assert.deepEqual(logNames(silent), ['stderr.log', 'stdout.log']);
  logs.close();
  const others = openLogs(loud);
  put(others.stdout, 'one\n');
  assert.deepEqual(logNames(loud), ['stdout.log']);
  others.close();
  assert.deepEqual(logNames(loud), ['stderr.log', 'stdout.log']);
});

test('a file is cut at the last line end that fits, or before a line that does not', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  put(logs.stdout, 'one\ntwo\nthree\n');
  assert.deepEqual([read(dir, 'stdout.log.1'), read(dir, 'stdout.log')], ['one\ntwo\n', 'three\n']);
  put(logs.stdout, 'fourteen\n');
  assert.deepEqual([read(dir, 'stdout.log.1'), read(dir, 'stdout.log')], ['three\n', 'fourteen\n']);
  logs.close();
});

test('case 47: a bound smaller than a line and smaller than a piece rotates as often as it takes, exactly at the bound', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir, { maxSizeBytes: 4, keep: 10 });
  put(logs.stdout, 'abcdefghij');
  assert.deepEqual(
    ['stdout.log.2', 'stdout.log.1', 'stdout.log'].map((name) => read(dir, name)),
    ['abcd', 'efgh', 'ij'],
  );
  logs.close();
});

test('case 47: keep = 0 leaves the current file alone, keep = 1 one more', (t) => {
  for (const keep of [0, 1]) {
    const dir = scratchDir(t);
    const logs = openLogs(dir, { keep });
    put(logs.stdout, 'one\ntwo\n');
    put(logs.stdout, 'three\n');
    put(logs.stdout, 'four\nfive\n');
    assert.equal(read(dir, 'stdout.log'), 'four\nfive\n');
    assert.deepEqual(logNames(dir).filter((name) => name.startsWith('stdout')).length, keep + 1);
    logs.close();
  }
});

test('case 47: keep lowered from 10 to 3 removes the surplus, oldest first', (t) => {
  const dir = scratchDir(t);
  const first = openLogs(dir, { keep: 10 });
  for (let i = 0; i < 11; i += 1) put(first.stdout, `line ${i % 10}..\n`);
  first.close();
  assert.equal(rotatedIndexes(readdirSync(dir), 'stdout').length, 10);
  const second = openLogs(dir, { keep: 3 });
  assert.deepEqual(contents(dir), ['line 7..\n', 'line 8..\n', 'line 9..\n', 'line 0..\n']);
  second.close();
});

test('case 48: holes in the numbering are closed in order, and the log goes on behind them', (t) => {
  const dir = scratchDir(t);
  for (const [index, text] of [
    [0, 'current\n'],
    [1, 'new\n'],
    [4, 'older\n'],
    [9, 'oldest\n'],
  ] as const) {
    writeFileSync(join(dir, logName('stdout', index)), text, { mode: 0o600 });
  }
  const logs = openLogs(dir, { keep: 10 });
  assert.deepEqual(contents(dir), ['oldest\n', 'older\n', 'new\n', 'current\n']);
  assert.deepEqual(rotatedIndexes(readdirSync(dir), 'stdout'), [1, 2, 3]);
  assert.equal(logs.stdout.endBytes, 'oldest\nolder\nnew\ncurrent\n'.length, 'the offset begins with what is there');
  put(logs.stdout, 'next\n');
  assert.deepEqual(contents(dir), ['oldest\n', 'older\n', 'new\n', 'current\n', 'next\n']);
  logs.close();
});

test('the total of all logs holds after each rotation, at the cost of the oldest files of the largest log', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir, { keep: 100, totalBytes: 60 });
  put(logs.stderr, 'err\n');
  for (let i = 0; i < 20; i += 1) {
    put(logs.stdout, `${String(i).padStart(9, '0')}\n`);
    const totalBytes = logNames(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    assert.ok(totalBytes <= 60 + 10, 'the current file may have grown since');
  }
  assert.equal(contents(dir).join(''), [14, 15, 16, 17, 18, 19].map((i) => `${String(i).padStart(9, '0')}\n`).join(''));
  assert.equal(read(dir, 'stderr.log'), 'err\n');
  logs.close();
});

test('case 46: when a rename fails in the middle the current log is kept, and rotation is tried again with the next bytes', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  put(logs.stdout, 'one\n');
  mkdirSync(join(dir, 'stdout.log.1', 'in the way'), { recursive: true });
  put(logs.stdout, 'two\nthree\n');
  assert.equal(read(dir, 'stdout.log'), 'one\ntwo\nthree\n');
  rmSync(join(dir, 'stdout.log.1'), { recursive: true });
  put(logs.stdout, 'four\n');
  assert.deepEqual([read(dir, 'stdout.log.1'), read(dir, 'stdout.log')], ['one\ntwo\nthree\n', 'four\n']);
  logs.close();
});

test('case 46: a rotated file that someone removed in the meantime stops no rotation', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  for (const text of ['a', 'b', 'c']) put(logs.stdout, `${text.repeat(8)}\n`);
  unlinkSync(join(dir, 'stdout.log.1'));
  put(logs.stdout, 'dddddddd\n');
  assert.deepEqual(contents(dir), ['aaaaaaaa\n', 'cccccccc\n', 'dddddddd\n']);
  logs.close();
});

test('rotating at start moves each non-empty log once, and leaves empty ones', async (t) => {
  const rig = new Rig(t);
  for (const text of ['first\n', 'second\n']) {
    const { pipes, run } = rig.attach({ rotate: true });
    pipes.stdout.write(text);
    pipes.end();
    await rig.ended(run);
  }
  assert.deepEqual(rig.names(), ['combined.log', 'combined.log.1', 'stderr.log', 'stdout.log', 'stdout.log.1']);
  assert.deepEqual([rig.text('combined.log.1'), rig.text('combined.log')], ['[stdout] first\n', '[stdout] second\n']);
});

test('combined.log rotates between lines, each file beginning with a prefix', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'rotating', maxSizeBytes: 10_000, keep: 1000 }));
  await runChild(pipes, 'sh', ['-c', 'seq 1 20000 & seq 100000 120000 >&2; wait']);
  await rig.ended('rotating');
  const whole = (kind: LogKind): string => {
    const indexes = [...rotatedIndexes(rig.names(), kind).reverse(), 0];
    return indexes.map((index) => rig.text(logName(kind, index))).join('');
  };
  const files = rig.names().filter((name) => name.startsWith('combined.log'));
  assert.ok(files.length > 40);
  for (const name of files) {
    assert.match(rig.text(name), /^\[std(out|err)\] .*\n$/s);
    assert.ok(statSync(join(rig.dir, name)).size <= 10_000);
  }
  const lines = splitCombined(whole('combined'));
  assert.equal(lines.stdout.join('\n') + '\n', whole('stdout'));
  assert.equal(lines.stderr.join('\n') + '\n', whole('stderr'));
});

test('with 2,000 kept files a rotation moves each by one', (t) => {
  const path = scratchDir(t);
  const dir = OwnedDir.open(path);
  for (let i = 1; i <= 2000; i += 1) writeFileSync(join(path, logName('stdout', i)), `${i}\n`, { mode: 0o600 });
  const limits = { maxSizeBytes: 4, keep: 2000, totalBytes: 1e9 };
  const index = new LogIndex({ dir, kind: 'stdout', clock: systemClock });
  const log = new LogFile({ dir, kind: 'stdout', names: dir.names(), limits, index });
  put(log, 'aaa\nbbb\n');
  assert.equal(log.rotated.count, 2001);
  assert.equal(read(path, 'stdout.log.2001'), '2000\n');
  assert.equal(read(path, 'stdout.log.1'), 'aaa\n');
  log.close();
  dir.close();
});
