/** Looking for lines of the output: which are seen, which are not, and that nobody pays who does not ask. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPatterns } from '../../../src/output/capture/line-pattern.ts';
import { LineWatches, MAX_WATCHED_BYTES, type LineWatch } from '../../../src/output/capture/line-watch.ts';
import { Rig, turn } from './rig.ts';

await loadPatterns();

interface Watched {
  readonly watches: LineWatches;
  readonly told: string[];
  say(text: string | Buffer, kind?: 'stdout' | 'stderr'): void;
}

function watching(...patterns: readonly string[]): Watched {
  const told: string[] = [];
  const events = { matched: (id: string) => told.push(id), failed: (id: string, message: string) => told.push(`${id}: ${message}`) };
  const watches = new LineWatches(
    patterns.map((pattern): LineWatch => ({ id: pattern, pattern, armed: true })),
    events,
  );
  const say = (text: string | Buffer, kind: 'stdout' | 'stderr' = 'stdout'): void => {
    const bytes = Buffer.from(text);
    // As the reader does: one buffer for all, longer than what is in it.
    const shared = Buffer.alloc(bytes.length + 7, '\n');
    bytes.copy(shared);
    watches.take(kind, shared, bytes.length);
    shared.fill(0);
  };
  return { watches, told, say };
}

test('a line is seen wherever the pieces of it are cut, and however many come at once', () => {
  const line = 'first\nser\u00fcver is ready now\nlast\n';
  const bytes = Buffer.from(line);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const { told, say } = watching('^ser\u00fcver is ready now$');
    say(bytes.subarray(0, cut));
    say(bytes.subarray(cut));
    assert.deepEqual(told.length, 1, `cut at ${cut}`);
  }
  const { told, say } = watching('^ser\u00fcver is ready now$');
  for (const byte of bytes) say(Buffer.from([byte]));
  assert.equal(told.length, 1);
});

test('a line is told when it ends, by a newline or with its stream; a carriage return before that is no part of it', () => {
  const { watches, told, say } = watching('ready$');
  say('not ready yet\nready');
  assert.deepEqual(told, []);
  say('\r\n');
  assert.deepEqual(told, ['ready$']);
  const other = watching('ready$');
  other.say('ready', 'stderr');
  other.watches.end('stdout');
  assert.deepEqual(other.told, []);
  other.watches.end('stderr');
  assert.deepEqual(other.told, ['ready$']);
  assert.equal(watches.isArmed, false);
});

test('the streams do not mix, and each watch is told once an arming', () => {
  const { watches, told, say } = watching('ab', 'x');
  say('a', 'stdout');
  say('b\n', 'stderr');
  say('\n', 'stdout');
  assert.deepEqual(told, []);
  say('abx\nabx\nabx\n');
  assert.deepEqual(told, ['ab', 'x']);
  watches.arm('ab', () => true);
  say('x ab\n');
  assert.deepEqual(told, ['ab', 'x', 'ab']);
});

test('of a long line the first 64 KiB are looked at, told at once, and the next line is a line again', () => {
  const { told, say } = watching('^a+end', '^b', 'late');
  say(`${'a'.repeat(MAX_WATCHED_BYTES - 3)}end`);
  assert.deepEqual(told, ['^a+end']);
  say('late b'.repeat(20_000));
  say('\nb\n');
  assert.deepEqual(told, ['^a+end', '^b']);
  const cut = watching('late');
  cut.say(`${'a'.repeat(MAX_WATCHED_BYTES)}late\n`);
  assert.deepEqual(cut.told, []);
  cut.say('late\n');
  assert.deepEqual(cut.told, ['late']);
});

test('a watch that is armed in the middle of a line does not take its rest for a line', () => {
  const { watches, told, say } = watching('^ready');
  watches.disarm('^ready');
  watches.arm('^ready', (kind) => kind !== 'stdout');
  say('ready, says the middle of a line\n');
  assert.deepEqual(told, []);
  say('ready\n');
  assert.deepEqual(told, ['^ready']);
});

test('any bytes are a line: what is no UTF-8 is seen as it is shown', () => {
  const { told, say } = watching('^\ufffd\u0000ok$');
  say(Buffer.from([0xff, 0x00, 0x6f, 0x6b, 0x0a]));
  assert.equal(told.length, 1);
});

test('a pattern the engine refuses is told with the reason, and the others go on', () => {
  const { told, say } = watching('(?=a)b', 'fine');
  assert.match(told[0] ?? '', /^\(\?=a\)b: the regular expression \(\?=a\)b cannot be used: .*\(\?=/);
  say('fine\n');
  assert.equal(told[1], 'fine');
});

test('a pattern that would hang a backtracking engine takes linear time: it is done at all', () => {
  const { told, say } = watching('^(a+)+$');
  say(`${'a'.repeat(60_000)}!\n`);
  say('aaa\n');
  assert.deepEqual(told, ['^(a+)+$']);
});

test('a run that is read looks for its lines from the first byte on, and again when it is armed', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach({
    watches: [
      { id: 'up', pattern: '^up', armed: true },
      { id: 'later', pattern: 'x', armed: false },
    ],
  });
  pipes.stdout.write('x\nup 1\nup 2\n');
  await rig.notices.until(() => rig.notices.matches.length === 1);
  assert.equal(rig.text('stdout.log'), 'x\nup 1\nup 2\n', 'what is told is in the log');
  rig.session.arm(run, 'later');
  rig.session.arm(run, 'unknown');
  pipes.stderr.write('x');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(rig.notices.matches, [`${run} up`, `${run} later`]);
  rig.session.arm(run, 'later'); // of a run that is over
  await turn();
});
