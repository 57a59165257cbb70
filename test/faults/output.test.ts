/** What tasks may do to their output (cases 7, 8, 10, 21 to 24), byte for byte, through a whole runner. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OutputLine, OutputRecord } from '../../src/index.ts';
import { sh, tempDir, wholeLog } from '../rig/project.ts';
import { shimOf, statusOf } from '../rig/processes.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();
const MIB = 1024 * 1024;
const LARGE_LOG = { maxSize: '1GiB', total: '4GiB', combined: false } as const;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function register(line: string, options: { readonly log?: typeof LARGE_LOG } = {}): Promise<string> {
  const name = newName();
  await shared().register({ name, ...sh(line), ...options });
  return name;
}

function asLine(record: OutputRecord | undefined): OutputLine {
  assert.ok(record !== undefined && 'text' in record, `expected a line, got ${JSON.stringify(record)}`);
  return record;
}

test('case 7: all output of a process that lives for less than a millisecond is there, 25 times of 25', async () => {
  const name = newName();
  await shared().register({ name, command: 'printf', args: ['%s\\n', 'quick'], rotatePrevious: false });
  for (let run = 0; run < 25; run += 1) await shared().run(name);
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'quick\n'.repeat(25));
});

test('case 7: a process that only closes its output and ends leaves empty logs and a result', async () => {
  const name = await register('exec >&- 2>&-; exit 3');
  assert.equal((await shared().run(name)).exitCode, 3);
  assert.equal(wholeLog(shared(), name, 'combined').length, 0);
});

test('case 8: a last line without a newline is in the log as it is, and a follower has it when the next run begins', async () => {
  const name = newName();
  await shared().register({ name, ...sh('printf "one\\ntwo"') });
  const ended = new AbortController();
  const followed: string[] = [];
  const following = (async () => {
    for await (const record of shared().follow(name, { kind: 'stdout', signal: ended.signal })) {
      followed.push(asLine(record).text);
      if (followed.length === 2) return;
    }
  })();
  await shared().run(name);
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'one\ntwo');
  // Until then it could still have been the beginning of a longer line.
  await shared().run(name);
  await following;
  assert.deepEqual(followed, ['one', 'two']);
});

test('case 8: where runs are appended to one log, a run that ends without a newline is followed by a line of its own in combined.log', async () => {
  const name = newName();
  await shared().register({ name, ...sh('printf "one\\ntwo"'), rotatePrevious: false });
  for (let run = 0; run < 2; run += 1) await shared().run(name);
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'one\ntwoone\ntwo');
  const lines = wholeLog(shared(), name, 'combined').toString().trimEnd().split('\n');
  assert.deepEqual(lines, ['[stdout] one', '[stdout] two', '[stdout] one', '[stdout] two']);
});

test('case 10: a process that closes its output runs on, and ends when it ends', async (t) => {
  const go = join(tempDir(t), 'go');
  execFileSync('mkfifo', [go]);
  const name = await register(`echo said; exec >&- 2>&-; read code <"${go}"; exit "$code"`);
  const follower = shared().follow(name, { kind: 'stdout' })[Symbol.asyncIterator]();
  await shared().start(name);
  assert.equal(asLine((await follower.next()).value).text, 'said');
  await shared().counters(name); // a round trip through the reader of the pipes
  assert.equal(shared().getTask(name).status.state, 'running');
  writeFileSync(go, '9\n');
  const { status } = await shared().waitFor(name, 'finished');
  assert.deepEqual(status, { state: 'finished', phase: 'settled', exitCode: 9 });
  await follower.return?.();
});

test('case 21: 64 MiB of binary on both streams at once is byte-exact, and the memory of the shim stays flat', async (t) => {
  const bytes = join(tempDir(t), 'bytes');
  const head = Buffer.alloc(MIB).map((_, index) => (index * 31 + (index >> 8) * 17) & 0xff);
  writeFileSync(bytes, head);
  const copies = (times: number): string => `i=0; while [ $i -lt ${times} ]; do cat "${bytes}"; i=$((i+1)); done`;
  const warm = await register(`${copies(4)}; { ${copies(4)}; } >&2`, { log: LARGE_LOG });
  const name = await register(`{ ${copies(32)}; } & { ${copies(32)}; } >&2; wait`, { log: LARGE_LOG });
  const shim = shimOf(shared().paths.dataDir);
  await shared().run(warm);
  const before = statusOf(shim, 'VmRSS');
  await shared().run(name);
  const grownMiB = (statusOf(shim, 'VmHWM') - before) / 1024;
  const expected = sha256(Buffer.concat(Array.from({ length: 32 }, () => head)));
  assert.equal(sha256(wholeLog(shared(), name, 'stdout')), expected);
  assert.equal(sha256(wholeLog(shared(), name, 'stderr')), expected);
  assert.ok(grownMiB < 50, `the shim grew by ${grownMiB.toFixed(0)} MiB`);
});

test('case 21: 100,000 writes of one byte are byte-exact', async () => {
  const name = await register('dd if=/dev/zero bs=1 count=100000 status=none');
  await shared().run(name);
  assert.deepEqual(wholeLog(shared(), name, 'stdout'), Buffer.alloc(100_000));
  const { stdout } = await shared().counters(name);
  assert.deepEqual([stdout.read, stdout.written, stdout.dropped, stdout.pending], [100_000, 100_000, 0, 0]);
});

test('case 22: a line of 32 MiB is byte-exact in the log, and cut with a mark where it is shown', async () => {
  const name = await register(`head -c ${32 * MIB} /dev/zero | tr '\\0' x; echo; echo after`, { log: LARGE_LOG });
  const follower = shared().follow(name, { kind: 'stdout' })[Symbol.asyncIterator]();
  await shared().run(name);
  const file = shared().paths.logFile(name, 'stdout');
  assert.equal(statSync(file).size, 32 * MIB + '\nafter\n'.length);
  assert.equal(sha256(readFileSync(file)), sha256(Buffer.concat([Buffer.alloc(32 * MIB, 'x'), Buffer.from('\nafter\n')])));
  const shown = asLine((await follower.next()).value);
  assert.equal(shown.truncated, true);
  assert.ok(shown.text.length <= 64 * 1024 && /^x+$/.test(shown.text));
  const next = asLine((await follower.next()).value);
  assert.deepEqual([next.text, next.offset, next.truncated], ['after', 32 * MIB + 1, undefined]);
  await follower.return?.();
});

test('case 23: bytes that are no text are in the log as they were written, and replaced where they are shown', async (t) => {
  const odd = Buffer.concat([
    Buffer.from([0xef, 0xbb, 0xbf]), // a byte order mark
    Buffer.from('crlf\r\nlone\rreturn\n'),
    Buffer.from([0x61, 0x00, 0x62, 0x0a]), // a NUL
    Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0x0a]), // never UTF-8
    Buffer.from([0xe2, 0x82, 0x0a]), // a character cut short
    Buffer.from('line\u2028separator \u{1f600}\n'),
  ]);
  const file = join(tempDir(t), 'odd');
  writeFileSync(file, odd);
  // Once whole and once byte by byte, so that each character is split at each of its offsets.
  const name = await register(`cat "${file}"; dd if="${file}" bs=1 status=none`);
  const follower = shared().follow(name, { kind: 'stdout' })[Symbol.asyncIterator]();
  await shared().run(name);
  assert.deepEqual(wholeLog(shared(), name, 'stdout'), Buffer.concat([odd, odd]));
  const texts: string[] = [];
  while (texts.length < 12) texts.push(asLine((await follower.next()).value).text);
  assert.deepEqual(texts.slice(0, 6), texts.slice(6));
  assert.ok(texts[3]?.includes('\ufffd') && texts[4]?.includes('\ufffd'));
  assert.equal(texts[5], 'line\u2028separator \u{1f600}');
  assert.equal(typeof (await shared().readOutput(name, 'combined')), 'string');
  await follower.return?.();
});

test('case 24: a task that makes its output non-blocking, or reads from it, does not disturb the reader', async () => {
  const fcntl = 'import fcntl,os;fcntl.fcntl(1,fcntl.F_SETFL,fcntl.fcntl(1,fcntl.F_GETFL)|os.O_NONBLOCK);print("set",flush=True)';
  const name = await register(
    `python3 -c '${fcntl}'; [ -t 1 ] || echo "no terminal"; head -c 1 <&1 2>/dev/null || echo "cannot read"; echo end`,
  );
  assert.equal((await shared().run(name)).exitCode, 0);
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'set\nno terminal\ncannot read\nend\n');
});
