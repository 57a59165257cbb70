/** Specification of following over random histories: whatever is written, rotated, compressed and read in whatever order, lines and gaps are the log. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { OutputRecord } from '../../../src/model/output.ts';
import type { LogStart } from '../../../src/output/read/follow.ts';
import { LogWriter, followWriters, rest, shown, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

type Step =
  | { readonly do: 'write'; readonly lines: number }
  | { readonly do: 'compress' | 'read'; readonly at: number }
  | { readonly do: 'rotate' | 'pause' | 'run' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), lines: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), at: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('compress' as const), at: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.constantFrom({ do: 'rotate' as const }, { do: 'pause' as const }, { do: 'run' as const }) },
);

interface Line {
  readonly text: string;
  readonly offset: number;
  readonly time: number;
  readonly runId: string;
}

/** A log, and every line of it with what is to be told of it. */
class History {
  readonly log: LogWriter;
  readonly lines: Line[] = [];
  #run = 1;

  constructor(keep: number) {
    this.log = new LogWriter(folder.dir(), { keep });
    this.log.runBegins('r1');
  }

  play(one: Exclude<Step, { readonly do: 'read' }>): void {
    const { log } = this;
    if (one.do === 'rotate' && log.end > log.fileStart) log.rotate(); // no writer sets an empty file aside
    if (one.do === 'compress' && existsSync(log.path(one.at))) log.compress(one.at);
    if (one.do === 'pause') log.advance(250);
    if (one.do === 'run') log.runBegins(`r${(this.#run += 1)}`);
    if (one.do === 'write') for (let left = one.lines; left > 0; left -= 1) this.#write();
  }

  #write(): void {
    const { log, lines } = this;
    const text = `<${lines.length}>${'.'.repeat(lines.length % 9)}`;
    lines.push({ text, offset: log.end, time: log.wallMs, runId: `r${this.#run}` });
    log.write(`${text}\n`);
  }
}

/** `part`: how far in the log. */
const place = fc.record({
  type: fc.constantFrom('start', 'end', 'line', 'after', 'last'),
  part: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

type Place = typeof place extends fc.Arbitrary<infer Value> ? Value : never;

/** Where to begin, and the first line that comes unless it is gone; null: the oldest that is kept. */
function startAt(one: Place, lines: readonly Line[]): { readonly start: LogStart; readonly first: number | null } {
  if (one.type === 'start') return { start: { type: 'start' }, first: null };
  const index = one.type === 'end' ? 0 : Math.floor(one.part * lines.length);
  const offset = lines[index]?.offset;
  if (one.type === 'end' || offset === undefined) return { start: { type: 'end' }, first: lines.length };
  if (one.type === 'last') return { start: { type: 'lines', lines: lines.length - index, since: undefined }, first: null };
  const isAfter = one.type === 'after';
  return { start: { type: 'offset', offset, isAfter }, first: isAfter ? index + 1 : index };
}

interface Outcome {
  readonly records: readonly OutputRecord[];
  readonly lines: readonly Line[];
  readonly start: LogStart;
  readonly first: number | null;
  readonly end: number;
}

async function play(before: readonly Step[], one: Place, during: readonly Step[], keep: number): Promise<Outcome> {
  const history = new History(keep);
  const { log, lines } = history;
  for (const each of before) if (each.do !== 'read') history.play(each);
  const { start, first } = startAt(one, lines);
  const rig = followWriters([log], undefined, start);
  log.runBegins(lines.at(-1)?.runId ?? 'r1');
  history.play({ do: 'run' });
  const records: OutputRecord[] = [];
  // At most one is asked for at a time, and it may be answered much later.
  let pending: Promise<unknown> | undefined;
  for (const each of during) {
    if (each.do === 'read') {
      pending ??= rig.records.next().then(({ done, value }) => {
        pending = undefined;
        return done === true || records.push(value);
      });
      for (let turn = 0; turn < each.at; turn += 1) await new Promise(setImmediate);
    } else history.play(each);
  }
  log.tell(); // the writer tells of each log that is watched how long it is, whether it grows or not
  rig.end();
  await pending;
  records.push(...(await rest(rig.records)));
  return { records: mergeGaps(records), lines, start, first, end: log.end };
}

/** Where nothing is left, its size comes in two parts: what the index knows, and what the writer tells. */
function mergeGaps(records: readonly OutputRecord[]): OutputRecord[] {
  const merged: OutputRecord[] = [];
  for (const record of records) {
    const last = merged.at(-1);
    if (last !== undefined && 'gap' in last && 'gap' in record)
      merged.splice(-1, 1, { ...last, gap: { bytes: last.gap.bytes + record.gap.bytes } });
    else merged.push(record);
  }
  return merged;
}

/** The offset at which the first record begins. A gap may begin with the line of the cursor, where that one is gone too. */
function beginning({ records: [first, second], lines, start, end, ...outcome }: Outcome): number | undefined {
  if (outcome.first === null) return undefined;
  const afterLine = lines[outcome.first]?.offset ?? end;
  if (first === undefined || !('gap' in first) || start.type !== 'offset') return afterLine;
  const next = second !== undefined && 'offset' in second ? second.offset : end;
  return [start.offset, afterLine].find((offset) => offset + first.gap.bytes === next);
}

/** Records are lines of the log in their order, each right, and where one is missing there is a gap of just that size. */
function check(outcome: Outcome): void {
  const { records, lines, end } = outcome;
  let offset = beginning(outcome);
  assert.ok(offset !== undefined || outcome.first === null, 'the first gap is of just that size');
  for (const record of records) {
    if ('gap' in record) {
      assert.ok(record.gap.bytes > 0, 'a gap is of something');
      if (offset !== undefined) offset += record.gap.bytes;
      continue;
    }
    const line = lines.find((each) => each.offset === record.offset);
    assert.ok(line !== undefined, `there is a line at ${record.offset}: ${shown(record)}`);
    assert.deepEqual(
      { text: record.text, offset: record.offset, runId: record.runId },
      { text: line.text, offset: line.offset, runId: line.runId },
    );
    assert.ok(
      record.time !== null && line.time - record.time.getTime() >= 0 && line.time - record.time.getTime() < 100,
      'its time is right',
    );
    assert.equal(record.offset, offset ?? record.offset, 'nothing is missing without a word');
    offset = record.offset + Buffer.byteLength(record.text) + 1;
  }
  if (records.length > 0) assert.equal(offset ?? end, end, 'everything up to the end was told');
}

test('case 49: random rotations, compressions and pauses, from a random place: every line once and right, or a gap of its size', async () => {
  const seen = { gaps: 0, whole: 0 };
  const steps = (maxLength: number): fc.Arbitrary<Step[]> => fc.array(step, { maxLength, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps(30), place, steps(60), fc.constantFrom(0, 1, 2, 50), async (before, one, during, keep) => {
      const outcome = await play(before, one, during, keep);
      seen[outcome.records.some((record) => 'gap' in record) ? 'gaps' : 'whole'] += 1;
      check(outcome);
    }),
    { numRuns: 200 },
  );
  assert.ok(seen.gaps > 5 && seen.whole > 50, `${seen.gaps} histories had a gap, ${seen.whole} none: the test shows too little`);
});
