/** Whether a log is whole: written by the real session, then treated as disks and people treat it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { LogCheck } from '../../../src/model/output.ts';
import { MAX_PRESSURE_MS } from '../../../src/output/capture/write-pressure.ts';
import { verifyLog } from '../../../src/output/read/verify.ts';
import { FailingDisk } from '../capture/failing-disk.ts';
import { FakeClock, Rig } from '../capture/rig.ts';

/** One run of a real session; its clock is turned by hand. */
class Writer {
  readonly clock = new FakeClock();
  readonly disk = new FailingDisk();
  readonly rig: Rig;
  readonly run: string;
  readonly #pipes: ReturnType<Rig['attach']>['pipes'];
  #bytes = 0;

  constructor(t: TestContext, changes: Parameters<Rig['attach']>[0] = {}) {
    this.rig = new Rig(t, { clock: this.clock, write: this.disk.write });
    ({ pipes: this.#pipes, run: this.run } = this.rig.attach({ combined: false, ...changes }));
  }

  path(name = 'stdout.log'): string {
    return join(this.rig.dir, name);
  }

  /** Writes, 100 ms after what was written before. */
  async write(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      this.#pipes.stdout.write(text);
      this.#bytes += text.length;
      await this.rig.read(this.#bytes);
      this.clock.advance(100);
    }
  }

  async end(): Promise<void> {
    this.#pipes.end();
    await this.rig.ended(this.run);
  }

  check(): Promise<LogCheck> {
    return verifyLog(this.rig.dir, 'stdout');
  }
}

/** What is missing, as `offset bytes cause`. */
const missingIn = ({ missing }: LogCheck): string[] => missing.map(({ offset, bytes, cause }) => `${offset} ${bytes} ${cause}`);

test('a log with all its bytes is complete, while it is written and after', async (t) => {
  const writer = new Writer(t, { maxSizeBytes: 8, keep: 5 });
  await writer.write('one\n', 'two\n', 'three\n', 'four\n');
  const expected = { kind: 'stdout', from: 0, to: 19, isIndexed: true, missing: [] };
  assert.deepEqual(await writer.check(), expected);
  await writer.end();
  assert.deepEqual(await writer.check(), expected);
});

test('what rotation removed is not missing: the check says from where on the log is kept', async (t) => {
  const writer = new Writer(t, { maxSizeBytes: 4, keep: 1 });
  await writer.write('one\n', 'two\n', 'six\n', 'ten\n');
  await writer.end();
  assert.deepEqual(await writer.check(), { kind: 'stdout', from: 8, to: 16, isIndexed: true, missing: [] });
});

test('a task that never wrote has a complete log, and so has one that never ran', async (t) => {
  const writer = new Writer(t);
  await writer.end();
  const expected = { kind: 'stdout', from: 0, to: 0, isIndexed: false, missing: [] };
  assert.deepEqual(await writer.check(), expected);
  assert.deepEqual(await verifyLog(writer.path('missing'), 'stdout'), expected);
});

test('bytes that a full disk did not take are told to the byte, with the place, the time, the run and why', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n');
  writer.disk.freeBytes = 2;
  await writer.write('two\n');
  writer.clock.advance(MAX_PRESSURE_MS);
  await writer.write('three\n');
  writer.disk.mend();
  await writer.write('four\n');
  await writer.end();
  const [missing, ...more] = (await writer.check()).missing;
  assert.deepEqual(more, []);
  assert.equal(missing?.bytes, 8);
  assert.equal(missing.cause, 'dropped');
  assert.match(missing.reason, /ENOSPC, no space left on device/);
  assert.equal(missing.runId, writer.run);
  assert.ok((missing.at?.getTime() ?? 0) > writer.clock.wallLeadMs);
  const log = readFileSync(writer.path());
  assert.equal(log.subarray(0, missing.offset).toString(), 'one\ntw');
  assert.match(log.subarray(missing.offset).toString(), /^\n\[dirigent\] 8 bytes of output were dropped: .*\nfour\n$/);
});

test('what was dropped in a part that has been rotated away since is not told any more', async (t) => {
  const writer = new Writer(t, { maxSizeBytes: 200, keep: 0 });
  writer.disk.freeBytes = 0;
  await writer.write('lost\n');
  writer.clock.advance(MAX_PRESSURE_MS);
  writer.disk.mend();
  await writer.write('kept\n');
  assert.deepEqual(
    (await writer.check()).missing.map(({ bytes }) => bytes),
    [5],
  );
  await writer.write(`${'x'.repeat(199)}\n`, 'end\n');
  await writer.end();
  assert.deepEqual(missingIn(await writer.check()), []);
});

test('a file that others shortened under the writer is missing what they took, once', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n', 'two\n', 'six\n');
  truncateSync(writer.path(), 4);
  writer.clock.advance(1000);
  await writer.write('ten\n');
  await writer.end();
  const check = await writer.check();
  assert.deepEqual(
    check.missing.map(({ bytes, cause, runId }) => [bytes, cause, runId]),
    [[8, 'removed', writer.run]],
  );
});

test('a file that others shortened or removed while nothing was written is missing what the index tells of', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n', 'two\n', 'six\n');
  await writer.end();
  truncateSync(writer.path(), 2);
  assert.deepEqual(missingIn(await writer.check()), ['2 10 removed']);
  rmSync(writer.path());
  assert.deepEqual(missingIn(await writer.check()), ['0 12 removed']);
});

test('a rotated file that others removed is a hole', async (t) => {
  const writer = new Writer(t, { maxSizeBytes: 4 });
  await writer.write('one\n', 'two\n', 'six\n', 'ten\n');
  await writer.end();
  rmSync(writer.path('stdout.log.2'));
  assert.deepEqual(missingIn(await writer.check()), ['4 4 removed']);
  truncateSync(writer.path('stdout.log.1'), 1);
  assert.deepEqual(missingIn(await writer.check()), ['4 4 removed', '9 3 removed']);
});

/** Compresses a rotated file. */
function compress(path: string, damage: (packed: Buffer) => Buffer): void {
  writeFileSync(`${path}.gz`, damage(gzipSync(readFileSync(path))), { mode: 0o600 });
  rmSync(path);
}

test('a compressed file is unpacked: one that is whole is complete, one with a damaged byte is missing what follows', async (t) => {
  const writer = new Writer(t, { maxSizeBytes: 4096 });
  await writer.write(`${'a'.repeat(4095)}\n`, `${'b'.repeat(4095)}\n`, 'c\n');
  await writer.end();
  compress(writer.path('stdout.log.2'), (packed) => packed);
  assert.deepEqual(await writer.check(), { kind: 'stdout', from: 0, to: 8194, isIndexed: true, missing: [] });
  compress(writer.path('stdout.log.1'), (packed) => {
    packed[packed.length - 8] = (packed.at(-8) ?? 0) ^ 1; // the check sum, RFC 1952
    return packed;
  });
  const [missing, ...more] = (await writer.check()).missing;
  assert.deepEqual(more, []);
  assert.equal(missing?.cause, 'damaged');
  assert.ok(missing.offset >= 4096 && missing.offset + missing.bytes === 8192);
  assert.match(missing.reason, /stdout\.log\.1\.gz is damaged/);
});

test('without an index the check says that nothing tells what should be there', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n', 'two\n');
  await writer.end();
  rmSync(writer.path('stdout.idx'));
  assert.deepEqual(await writer.check(), { kind: 'stdout', from: 0, to: 8, isIndexed: false, missing: [] });
});

test('a log that is renamed by others and gone on with loses nothing that is still among its files', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n', 'two\n');
  renameSync(writer.path(), writer.path('stdout.log.1'));
  writer.clock.advance(1000);
  await writer.write('six\n');
  await writer.end();
  assert.ok(existsSync(writer.path()));
  assert.equal(statSync(writer.path('stdout.log.1')).size, 8);
  assert.deepEqual(missingIn(await writer.check()), []);
});
