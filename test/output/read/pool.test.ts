/** Specification of the threads that read. Real threads and files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ReadPool } from '../../../src/output/read/pool.ts';
import { LogWriter, temporary } from './log-writer.ts';

const folder = temporary();
const pool = new ReadPool();
after(async () => {
  await pool.close();
  folder.remove();
});

const threads = (): number => readdirSync('/proc/self/task').length;
const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('no thread exists before something is read', async () => {
  const own = new ReadPool();
  const before = threads();
  assert.equal(threads(), before);
  await own.close();
  assert.equal(threads(), before);
});

test('a tail is read in a thread, small or big', async () => {
  const dir = folder.dir();
  const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`);
  writeFileSync(join(dir, 'stdout.log'), lines.join(''));
  const before = threads();
  const small = await pool.tail({ dir, kind: 'stdout', lines: 2, maxBytes: 1000 });
  assert.deepEqual([asText(small.bytes), small.truncated], ['line 99998\nline 99999\n', false]);
  assert.ok(threads() > before);
  const big = await pool.tail({ dir, kind: 'stdout', lines: Infinity, maxBytes: 10_000_000 });
  assert.equal(asText(big.bytes), lines.join(''));
});

test('other reads go on while one takes long, and its abort ends it', async () => {
  const dir = folder.dir();
  // A gibibyte of which each sixteenth mebibyte is a gzip member of its own: quickly made, long to unpack.
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024, 'x'));
  writeFileSync(join(dir, 'stdout.log.1.gz'), Buffer.concat(Array.from({ length: 64 }, () => member)));
  writeFileSync(join(dir, 'stderr.log'), 'a\n');
  const stop = new AbortController();
  const events: string[] = [];
  const long = pool.tail({ dir, kind: 'stdout', lines: Infinity, maxBytes: 1000 }, { signal: stop.signal });
  const ended = long.finally(() => events.push('long'));
  for (let count = 0; count < 20; count += 1) {
    const { bytes } = await pool.tail({ dir, kind: 'stderr', lines: 1, maxBytes: 10 });
    assert.equal(asText(bytes), 'a\n');
  }
  events.push('short');
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(ended, reason);
  assert.deepEqual(events, ['short', 'long']);
});

test('an error of a reader comes back with its message and its code', async () => {
  const dir = folder.dir();
  symlinkSync('/etc/passwd', join(dir, 'stdout.log'));
  await assert.rejects(pool.tail({ dir, kind: 'stdout', lines: 2, maxBytes: 10 }), { code: 'EUNSAFE', message: /is a symbolic link/ });
  await assert.rejects(pool.tail({ dir, kind: 'stderr', lines: -2, maxBytes: 10 }), RangeError);
});

test('an aborted call rejects with the reason, and the pool goes on working', async () => {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), 'a\n');
  const request = { dir, kind: 'stdout', lines: 1, maxBytes: 10 } as const;
  const reason = new Error('enough');
  await assert.rejects(pool.tail(request, { signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const call = pool.tail(request, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(call, reason);
  assert.equal(asText((await pool.tail(request, { signal: new AbortController().signal })).bytes), 'a\n');
});

test('more calls than threads are all answered', async () => {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), 'a\nb\n');
  const answers = await Promise.all(Array.from({ length: 50 }, () => pool.tail({ dir, kind: 'stdout', lines: 1, maxBytes: 10 })));
  assert.ok(answers.every(({ bytes }) => asText(bytes) === 'b\n'));
});

test('a tail during rotations has every line once, in a row', async () => {
  const dir = folder.dir();
  const log = new LogWriter(dir, { keep: 100 });
  let written = 0;
  for (let round = 0; round < 60; round += 1) {
    const before = written;
    const call = pool.tail({ dir, kind: 'stdout', lines: 40, maxBytes: 10_000 });
    const answers: { readonly bytes: Uint8Array }[] = [];
    call.then(
      (result) => answers.push(result),
      () => undefined,
    );
    for (let step = 0; answers.length === 0 && step < 500; step += 1) {
      log.write(`${(written += 1)}\n${(written += 1)}\n`);
      if (step % 10 === 0) log.rotate();
      await new Promise(setImmediate);
    }
    const lines = asText((await call).bytes)
      .split('\n')
      .slice(0, -1)
      .map(Number);
    const first = lines[0] ?? 0;
    assert.deepEqual(
      lines,
      Array.from(lines, (_, index) => first + index),
      `round ${round}`,
    );
    assert.ok(lines.length === 40 || before < 40, `${lines.length} lines in round ${round}`);
  }
});

test('a closed pool refuses calls, and closing twice is fine', async () => {
  const own = new ReadPool();
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), 'a\n');
  const request = { dir, kind: 'stdout', lines: 1, maxBytes: 10 } as const;
  const underWay = own.tail(request);
  await Promise.all([underWay, own.tail(request)]);
  await Promise.all([own.close(), own.close()]);
  await assert.rejects(own.tail(request), { code: 'ERR_READ_POOL_CLOSED' });
});

test('a call under way when the pool is closed is answered', async () => {
  const own = new ReadPool();
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), 'a\n');
  const request = { dir, kind: 'stdout', lines: 1, maxBytes: 10 } as const;
  await own.tail(request);
  const call = own.tail(request);
  await new Promise(setImmediate);
  const [answer] = await Promise.all([call, own.close()]);
  assert.equal(asText(answer.bytes), 'a\n');
});

test('calls in the queue are answered when those before them are aborted with their threads', async () => {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), 'x\n'.repeat(8_000_000));
  const own = new ReadPool();
  const small = { dir, kind: 'stdout', lines: 1, maxBytes: 10 } as const;
  await Promise.all([own.tail(small), own.tail(small)]);
  const controller = new AbortController();
  const long = { dir, kind: 'stdout', lines: 7_900_000, maxBytes: 2 ** 24 } as const;
  const aborted = [own.tail(long, { signal: controller.signal }), own.tail(long, { signal: controller.signal })];
  const waiting = [own.tail(small), own.tail(small)];
  await new Promise(setImmediate);
  controller.abort();
  for (const call of aborted) await assert.rejects(call, { name: 'AbortError' });
  for (const { bytes } of await Promise.all(waiting)) assert.equal(asText(bytes), 'x\n');
  await own.close();
});

for (const failure of ['load', 'die'] as const) {
  test(`a thread that fails as it ${failure}s rejects the calls that wait for it, and the pool can be closed`, async () => {
    const worker = new URL(`./${failure}-failure.worker.js`, import.meta.url);
    const own = new ReadPool(worker);
    const request = { dir: folder.path, kind: 'stdout', lines: 1, maxBytes: 10 } as const;
    for (let round = 0; round < 2; round += 1) {
      const calls = await Promise.allSettled([own.tail(request), own.tail(request), own.tail(request)]);
      for (const call of calls) assert.ok(call.status === 'rejected' && (call.reason as { code?: unknown }).code === 'ERR_READ_THREAD');
    }
    await own.close();
  });
}

test('an idle pool that is never closed lets its process end', () => {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), 'a\n');
  const module = fileURLToPath(new URL('../../../src/output/read/pool.js', import.meta.url));
  const program = `
    import { ReadPool } from ${JSON.stringify(module)};
    const { bytes } = await new ReadPool().tail({ dir: ${JSON.stringify(dir)}, kind: 'stdout', lines: 1, maxBytes: 10 });
    process.stdout.write(bytes);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 9_000,
  });
  assert.deepEqual([status, stdout, stderr], [0, 'a\n', '']);
});
