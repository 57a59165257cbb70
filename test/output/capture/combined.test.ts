/** `combined.log`: lines stay whole, each stream keeps its order, and nobody waits for long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CombinedLog, CombinedSource, MAX_LINE_WAIT_MS, MAX_WHOLE_LINE_BYTES } from '../../../src/output/capture/combined-log.ts';
import { MemoryLog } from '../../../src/output/capture/memory-log.ts';
import { FakeClock, Rig, runChild, splitCombined } from './rig.ts';

/** A combined log in memory, and two streams that note when they may go on. */
function interleaver(): {
  readonly clock: FakeClock;
  readonly combined: CombinedLog;
  readonly out: CombinedSource;
  readonly err: CombinedSource;
  readonly resumed: string[];
  readonly late: string[];
  text(): string;
} {
  const clock = new FakeClock();
  const log = new MemoryLog(64 * 1024 * 1024);
  const resumed: string[] = [];
  const late: string[] = [];
  const combined = new CombinedLog(log, clock, () => late.push('late'));
  const out = new CombinedSource('stdout', () => resumed.push('stdout'));
  const err = new CombinedSource('stderr', () => resumed.push('stderr'));
  return { clock, combined, out, err, resumed, late, text: () => Buffer.from(log.read().bytes).toString('latin1') };
}

const put = (combined: CombinedLog, source: CombinedSource, text: string): boolean =>
  combined.write(source, Buffer.from(text), 0, Buffer.byteLength(text));

test('a stream waits while the other has a line open, and goes on when that line ends', () => {
  const { combined, out, err, resumed, clock, text } = interleaver();
  assert.equal(put(combined, out, 'one, '), true);
  assert.equal(put(combined, err, 'warning\n'), false);
  assert.equal(text(), '[stdout] one, ');
  assert.equal(put(combined, out, 'two\n'), true);
  assert.equal(text(), '[stdout] one, two\n[stderr] warning\n');
  assert.deepEqual(resumed, ['stderr']);
  assert.equal(clock.pendingTimers, 0);
});

test('after 200 ms the open line is ended, and what follows of it has a prefix of its own', () => {
  const { combined, out, err, resumed, clock, text, late } = interleaver();
  put(combined, out, 'prompt> ');
  put(combined, err, 'warning\n');
  clock.advance(MAX_LINE_WAIT_MS - 1);
  assert.deepEqual(resumed, []);
  clock.advance(1);
  assert.equal(text(), '[stdout] prompt> \n[stderr] warning\n');
  assert.deepEqual([resumed, late], [['stderr'], ['late']]);
  put(combined, out, 'answer\n');
  assert.equal(text(), '[stdout] prompt> \n[stderr] warning\n[stdout] answer\n');
});

test('a line of exactly 64 KiB stays whole, a longer one gives way at once', () => {
  const { combined, out, err, text } = interleaver();
  put(combined, out, 'x'.repeat(MAX_WHOLE_LINE_BYTES));
  assert.equal(put(combined, err, 'e\n'), false);
  put(combined, out, '\n');
  put(combined, out, 'y'.repeat(MAX_WHOLE_LINE_BYTES));
  put(combined, out, 'y');
  assert.equal(put(combined, err, 'f\n'), true);
  put(combined, out, 'z\n');
  const x = 'x'.repeat(MAX_WHOLE_LINE_BYTES);
  const y = 'y'.repeat(MAX_WHOLE_LINE_BYTES + 1);
  assert.equal(text(), `[stdout] ${x}\n[stderr] e\n[stdout] ${y}\n[stderr] f\n[stdout] z\n`);
});

test('a line that grows beyond 64 KiB while the other waits gives way then', () => {
  const { combined, out, err, resumed, text } = interleaver();
  put(combined, out, 'x'.repeat(40_000));
  assert.equal(put(combined, err, 'e\n'), false);
  put(combined, out, 'x'.repeat(40_000));
  assert.deepEqual(resumed, ['stderr']);
  assert.ok(text().endsWith('x\n[stderr] e\n'));
});

test('the end of a stream that leaves a line open lets the other go on at once', () => {
  const { combined, out, err, resumed, clock, text } = interleaver();
  put(combined, out, 'no newline');
  put(combined, err, 'partial');
  combined.end(out);
  assert.equal(text(), '[stdout] no newline\n[stderr] partial');
  assert.deepEqual(resumed, ['stderr']);
  put(combined, err, ' goes on\n');
  assert.ok(text().endsWith('[stderr] partial goes on\n'));
  assert.equal(clock.pendingTimers, 0);
});

test('a piece of 64 KiB of newlines fits', () => {
  const { combined, out, text } = interleaver();
  put(combined, out, '\n'.repeat(65536));
  put(combined, out, '\n'.repeat(65536));
  assert.equal(text(), '[stdout] \n'.repeat(131_072));
});

test('of a task that writes one stream, combined.log less its prefixes is that stream', () => {
  const piece = fc.array(fc.constantFrom('\n', 'a', 'bc', '\r', '\0', 'long '.repeat(20))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const { combined, out, text } = interleaver();
      for (const each of pieces) if (each !== '') put(combined, out, each);
      assert.equal(text().replaceAll(/^\[stdout\] /gm, ''), pieces.join(''));
    }),
  );
});

test('over random pieces of two streams each line stays whole and each stream keeps its order', () => {
  const part = fc.constantFrom('\n', 'a', 'bc', 'def ', 'x'.repeat(700));
  const piece = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const anyStep = fc.record({ stream: fc.constantFrom('out', 'err'), text: piece });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const { combined, out, err, text } = interleaver();
      const sent = { out: '', err: '' };
      const queued: { out: string[]; err: string[] } = { out: [], err: [] };
      const sources = { out, err };
      // As a pipe does: what comes while a stream is not read waits its turn.
      const pump = (): void => {
        for (let moved = true; moved;) {
          moved = false;
          for (const name of ['out', 'err'] as const) {
            const next = sources[name].held === null ? queued[name].shift() : undefined;
            if (next !== undefined) moved = true;
            if (next !== undefined) put(combined, sources[name], next);
          }
        }
      };
      for (const step of steps) {
        sent[step.stream] += step.text;
        queued[step.stream].push(step.text);
        pump();
      }
      for (const name of ['out', 'err'] as const) {
        sent[name] += '\n';
        queued[name].push('\n');
      }
      pump();
      const lines = splitCombined(text());
      assert.deepEqual(lines.stdout, sent.out.split('\n').slice(0, -1));
      assert.deepEqual(lines.stderr, sent.err.split('\n').slice(0, -1));
    }),
    { numRuns: 300 },
  );
});

test('case 21: two streams at full speed keep every line whole in combined.log, and their own logs byte by byte', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'both' }));
  await runChild(pipes, 'sh', ['-c', 'seq 1 400000 & seq 1000000 1400000 >&2; wait']);
  await rig.ended('both');
  const lines = splitCombined(rig.text('combined.log'));
  assert.equal(lines.stdout.join('\n') + '\n', rig.text('stdout.log'));
  assert.equal(lines.stderr.join('\n') + '\n', rig.text('stderr.log'));
  assert.equal(lines.stdout.length, 400_000);
  assert.equal(lines.stderr.length, 400_001);
});

test('a run that appends to a combined.log without a final newline begins a new line', async (t) => {
  const rig = new Rig(t);
  const first = rig.attach();
  first.pipes.stdout.write('cut off');
  first.pipes.end();
  await rig.ended(first.run);
  const second = rig.attach();
  second.pipes.stdout.write('again\n');
  second.pipes.end();
  await rig.ended(second.run);
  assert.equal(rig.text('stdout.log'), 'cut offagain\n', 'the raw log is never added to');
  assert.equal(rig.text('combined.log'), '[stdout] cut off\n[stdout] again\n');
});

test('a process left over from the run before writes into the same logs as the new run', async (t) => {
  const rig = new Rig(t);
  const first = rig.attach();
  const second = rig.attach();
  first.pipes.stdout.write('old, ');
  await rig.read(5);
  second.pipes.stdout.write('new\n');
  await rig.read(9);
  first.pipes.stdout.write('older\n');
  first.pipes.end();
  second.pipes.end();
  await rig.ended(first.run);
  await rig.ended(second.run);
  assert.equal(rig.text('stdout.log'), 'old, new\nolder\n');
  assert.equal(rig.text('combined.log'), '[stdout] old, older\n[stdout] new\n');
});

test('without combined there is no combined.log', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach({ combined: false });
  pipes.stdout.write('x\n');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(rig.names(), ['stderr.log', 'stdout.log']);
});
