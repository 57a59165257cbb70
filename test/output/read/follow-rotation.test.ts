/** Specification of following a log through its rotations: every line once, or a gap that says how much is missing. */
import assert from 'node:assert/strict';
import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { OutputRecord } from '../../../src/model/output.ts';
import { LogWriter, followWriters, rest, shown, take, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
};

/** Bytes that the records account for, each line with its newline. */
const accounted = (records: readonly OutputRecord[]): number =>
  records.reduce((sum, record) => sum + ('gap' in record ? record.gap.bytes : Buffer.byteLength(record.text) + 1), 0);

test('50 rotations under a follower that keeps up lose nothing and double nothing', async () => {
  const log = new LogWriter(folder.dir(), { keep: 3 });
  log.write('before\n');
  const rig = followWriters([log]);
  for (let round = 0; round < 50; round += 1) {
    const next = rig.records.next();
    log.write(`${round} a\n`);
    log.rotate();
    log.write(`${round} b\n`);
    assert.equal(shown((await next).value as OutputRecord), `${round} a`);
    assert.deepEqual((await take(rig.records, 1)).map(shown), [`${round} b`]);
  }
  await rig.records.return?.();
});

test('50 rotations before a slow follower looks leave the file it holds, one gap, and the files that are left', async () => {
  const log = new LogWriter(folder.dir(), { keep: 3 });
  log.write('before\n');
  const rig = followWriters([log]);
  for (let round = 0; round < 50; round += 1) {
    log.write(`line ${String(round).padStart(3, '0')}\n`);
    log.rotate();
  }
  rig.end();
  const records = await rest(rig.records);
  // The first line was written to the file that is held; the three rotated files are the last lines.
  assert.deepEqual(records.map(shown), ['line 000', `<gap ${46 * 9}>`, 'line 047', 'line 048', 'line 049']);
  assert.deepEqual(
    records.map((record) => 'offset' in record && record.offset),
    [7, false, 7 + 47 * 9, 7 + 48 * 9, 7 + 49 * 9],
  );
});

test('a line that runs into a gap is given as far as it is known, and marked', async () => {
  const log = new LogWriter(folder.dir(), { keep: 1 });
  const rig = followWriters([log]);
  log.write('start\nbeginning of ');
  await take(rig.records, 1);
  for (let round = 0; round < 4; round += 1) {
    log.rotate();
    log.write(`line ${round}\n`);
  }
  const [cut, gap, line] = await take(rig.records, 3);
  assert.ok(cut !== undefined && 'text' in cut && cut.truncated === true);
  assert.deepEqual(
    [cut, gap, line].map((record) => record && shown(record)),
    ['beginning of ', '<gap 14>', 'line 2'],
  );
  await rig.records.return?.();
});

test('a line that goes through a rotation is one line', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  log.write('first half, ');
  log.rotate();
  log.write('second half\n');
  assert.deepEqual((await take(rig.records, 1)).map(shown), ['first half, second half']);
  await rig.records.return?.();
});

test('bytes written to a file after it was read to its end and before it was renamed are given', async () => {
  const log = new LogWriter(folder.dir());
  log.tellsAtOnce = false;
  log.write('old\n');
  const rig = followWriters([log]);
  const first = rig.records.next();
  await settle();
  log.write('late\n');
  log.rotate();
  log.write('new\n');
  log.tell();
  assert.deepEqual([shown((await first).value as OutputRecord), ...(await take(rig.records, 1)).map(shown)], ['late', 'new']);
  await rig.records.return?.();
});

test('with no rotated files kept, a follower that keeps up has every line and no gap', async () => {
  const log = new LogWriter(folder.dir(), { keep: 0 });
  const rig = followWriters([log]);
  for (let round = 0; round < 10; round += 1) {
    log.write(`${round}\n`);
    assert.deepEqual((await take(rig.records, 1)).map(shown), [String(round)]);
    log.rotate();
  }
  rig.end();
  assert.deepEqual(await rest(rig.records), []);
});

test('holes in the numbering are passed in the right order', async () => {
  const log = new LogWriter(folder.dir(), { keep: 20 });
  const rig = followWriters([log]);
  for (const line of ['a', 'b', 'c']) {
    log.write(`${line}\n`);
    log.rotate();
  }
  renameSync(log.path(3), log.path(14));
  renameSync(log.path(2), log.path(9));
  log.write('d\n');
  assert.deepEqual((await take(rig.records, 4)).map(shown), ['a', 'b', 'c', 'd']);
  await rig.records.return?.();
});

test('positions take up what the writer had rotated away before the follower came', async () => {
  const dir = folder.dir();
  const log = new LogWriter(dir, { keep: 1 });
  for (let round = 0; round < 5; round += 1) {
    log.write('0123456789\n');
    log.rotate();
  }
  const rig = followWriters([log]);
  log.write('new\n');
  const [line] = await take(rig.records, 1);
  assert.ok(line !== undefined && 'offset' in line);
  assert.equal(line.offset, 55);
  await rig.records.return?.();
});

test('rotated files count as part of the log also when there is no current one', async () => {
  const dir = folder.dir();
  const before = new LogWriter(dir);
  before.write('0123456789\n');
  before.rotate();
  rmSync(before.path());
  const log = new LogWriter(dir);
  const rig = followWriters([log]);
  log.write('new\n');
  rig.end();
  assert.deepEqual(
    (await rest(rig.records)).map((record) => 'offset' in record && [record.text, record.offset]),
    [['new', 11]],
  );
});

test('a file that is emptied in place goes on from its beginning, and what was lost is a gap', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  log.write('one\n');
  await take(rig.records, 1);
  log.tellsAtOnce = false;
  log.write('lost\n');
  truncateSync(log.path());
  log.tellsAtOnce = true;
  log.write('x\n');
  rig.end();
  assert.deepEqual((await rest(rig.records)).map(shown), ['x', '<gap 5>']);
});

test('a log that begins anew is followed on, with positions that begin anew', async () => {
  const log = new LogWriter(folder.dir());
  log.write('a long line of the past\n');
  const rig = followWriters([log]);
  log.write('one\n');
  await take(rig.records, 1);
  rmSync(log.path());
  const anew = new LogWriter(log.dir);
  log.end = 0;
  writeFileSync(anew.path(), '');
  log.write('two\n');
  log.write('three\n');
  const records = await take(rig.records, 2);
  assert.deepEqual(records.map(shown), ['two', 'three']);
  await rig.records.return?.();
});

type Step = { readonly do: 'write'; readonly size: number } | { readonly do: 'rotate' } | { readonly do: 'read' } | { readonly do: 'tell' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), size: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'rotate' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'read' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'tell' as const }) },
);

/** Lines with numbers, in pieces that end anywhere, so that no two lines are the same. */
function numbered(): (size: number) => string {
  let line = 0;
  let ahead = '';
  return (size) => {
    while (ahead.length < size) ahead += `<${(line += 1)}>${'.'.repeat(line % 9)}\n`;
    const piece = ahead.slice(0, size);
    ahead = ahead.slice(size);
    return piece;
  };
}

interface Outcome {
  readonly records: readonly OutputRecord[];
  readonly written: string;
  readonly base: number;
}

async function play(steps: readonly Step[], keep: number, tellsAtOnce: boolean): Promise<Outcome> {
  const log = new LogWriter(folder.dir(), { keep });
  log.write('what was before\n');
  const base = log.end;
  log.tellsAtOnce = tellsAtOnce;
  const next = numbered();
  const rig = followWriters([log]);
  const records: OutputRecord[] = [];
  let written = '';
  let pending: Promise<unknown> | undefined;
  const read = (): Promise<unknown> =>
    rig.records.next().then(({ done, value }) => {
      pending = undefined;
      if (done !== true) records.push(value);
    });
  for (const one of steps) {
    if (one.do === 'rotate') log.rotate();
    else if (one.do === 'tell') log.tell();
    else if (one.do === 'read') {
      pending ??= read();
      await settle();
    } else {
      const piece = next(one.size);
      written += piece;
      log.write(piece);
    }
  }
  log.write('\n');
  log.tell();
  rig.end();
  await pending;
  records.push(...(await rest(rig.records)));
  return { records, written: `${written}\n`, base };
}

/** Every line of the log, or, where a gap was told, lines that come in the log in this order. */
function check({ records, written, base }: Outcome): void {
  const hasGap = records.some((record) => 'gap' in record);
  const cut = records.filter((record) => 'text' in record && record.truncated === true).length;
  assert.equal(accounted(records), written.length + cut, 'lines and gaps are what was written');
  if (!hasGap && cut === 0) {
    assert.deepEqual(records.map(shown), written.split('\n').slice(0, -1));
    const offsets = records.map((record) => ('offset' in record ? record.offset - base : -1));
    assert.ok(
      records.every((record, at) => written.startsWith(`${shown(record)}\n`, offsets[at])),
      'positions are right',
    );
    return;
  }
  let at = 0;
  for (const record of records) {
    if ('gap' in record) continue;
    const found = written.indexOf(record.text, at);
    assert.notEqual(found, -1, `${JSON.stringify(record.text)} once and in order`);
    at = found + record.text.length;
  }
}

for (const tellsAtOnce of [true, false]) {
  const when = tellsAtOnce ? 'at once' : 'late and seldom';
  test(`random writes, rotations and reads, told ${when}: every line once in order, or gaps that add up`, async () => {
    let gaps = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), fc.nat(3), async (steps, keep) => {
        const outcome = await play(steps, keep, tellsAtOnce);
        if (outcome.records.some((record) => 'gap' in record)) gaps += 1;
        check(outcome);
      }),
      { numRuns: 150 },
    );
    assert.ok(gaps > 5, `only ${gaps} histories had a gap: the test shows too little`);
  });
}
