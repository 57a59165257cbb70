/** The index as the capture session writes it: when bytes came, of which run, and where they are in the log since it began. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MARK_INTERVAL_MS } from '../../../src/output/capture/log-index.ts';
import { FakeClock, Rig, turn } from './rig.ts';

type Entry = Readonly<Record<string, unknown>> | readonly number[];

/** Entries of an index; what is no JSON is `ms bytes`. */
const entriesOf = (rig: Rig, name = 'stdout.idx'): Entry[] =>
  rig
    .text(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('{') ? (JSON.parse(line) as Entry) : line.split(' ').map(Number)));

const anchorsOf = (rig: Rig): Readonly<Record<string, unknown>>[] =>
  entriesOf(rig).filter((entry): entry is Readonly<Record<string, unknown>> => !Array.isArray(entry));

/** A session whose one run is written to by hand. */
class Writer {
  readonly clock: FakeClock;
  readonly rig: Rig;
  #pipes: ReturnType<Rig['attach']>;
  #read = 0;

  constructor(t: TestContext, rig = new Rig(t, { clock: new FakeClock() }), changes: Parameters<Rig['attach']>[0] = {}) {
    this.rig = rig;
    this.clock = rig.clock as FakeClock;
    this.#pipes = rig.attach({ combined: false, ...changes });
    this.#read = rig.session.counters('web').stdout.read;
  }

  get run(): string {
    return this.#pipes.run;
  }

  async write(text: string): Promise<void> {
    this.#pipes.pipes.stdout.write(text);
    this.#read += text.length;
    await this.rig.read(this.#read);
  }

  async end(): Promise<void> {
    this.#pipes.pipes.end();
    await this.rig.ended(this.run);
  }
}

test('the first bytes are noted with the time, the boot, the file and the run; later ones by distance, at most every 100 ms', async (t) => {
  const writer = new Writer(t);
  const { rig, clock } = writer;
  clock.advance(1000);
  await writer.write('one\n');
  clock.advance(MARK_INTERVAL_MS - 1);
  await writer.write('two\n');
  clock.advance(1);
  await writer.write('three\n');
  clock.advance(5000);
  await writer.write('four\n');
  const [first, ...rest] = entriesOf(rig);
  const { ino, ...told } = first as Readonly<Record<string, unknown>>;
  assert.ok(Number(ino) > 0);
  assert.deepEqual(told, { at: clock.wallLeadMs + 1000, mono: 1000, boot: 'boot', offset: 0, file: 0, run: writer.run });
  assert.deepEqual(rest, [
    [100, 8],
    [5000, 6],
  ]);
});

test('a task that writes nothing has no index', async (t) => {
  const writer = new Writer(t);
  await writer.end();
  assert.deepEqual(readdirSync(writer.rig.dir).sort(), ['stderr.log', 'stdout.log']);
});

test('a log that is closed is noted with its end', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n');
  await writer.write('two\n');
  await writer.end();
  assert.deepEqual(entriesOf(writer.rig).slice(1), [[0, 8]]);
});

test('each log has an index of its own, the combined one with offsets that count the prefixes', async (t) => {
  const writer = new Writer(t, undefined, { combined: true });
  await writer.write('one\n');
  writer.clock.advance(MARK_INTERVAL_MS);
  await writer.write('two\n');
  assert.deepEqual(entriesOf(writer.rig, 'combined.idx')[1], [100, 13]);
  assert.deepEqual(
    readdirSync(writer.rig.dir)
      .sort()
      .filter((name) => name.endsWith('.idx')),
    ['combined.idx', 'stdout.idx'],
  );
});

test('a run that begins, a file that begins and a wall clock that was set are noted in full', async (t) => {
  const first = new Writer(t, undefined, { maxSizeBytes: 8 });
  const { rig, clock } = first;
  await first.write('one\n');
  await first.end();
  const second = new Writer(t, rig, { maxSizeBytes: 8 });
  await second.write('two\n');
  await second.write('three\n');
  clock.wallLeadMs -= 3_600_000;
  clock.advance(MARK_INTERVAL_MS);
  await second.write('4');
  const told = anchorsOf(rig).map(({ offset, file, run, at }) => ({ offset, file, run, leadMs: Number(at) - clock.nowMs() }));
  const leadMs = clock.wallLeadMs + 3_600_000 - MARK_INTERVAL_MS;
  assert.deepEqual(told, [
    { offset: 0, file: 0, run: first.run, leadMs },
    { offset: 4, file: 0, run: second.run, leadMs },
    { offset: 8, file: 8, run: second.run, leadMs },
    { offset: 14, file: 8, run: second.run, leadMs: clock.wallLeadMs },
  ]);
});

test('a wall clock that is slewed by 50 ms is no jump, and one that went further by small steps is', async (t) => {
  const writer = new Writer(t);
  await writer.write('a');
  for (const stepMs of [30, 20, 1]) {
    writer.clock.wallLeadMs += stepMs;
    writer.clock.advance(MARK_INTERVAL_MS);
    await writer.write('b');
  }
  assert.deepEqual(
    entriesOf(writer.rig).map((entry) => Array.isArray(entry)),
    [false, true, true, false],
  );
});

test('after 4 KiB of distances comes a full entry, so that the end of a long index can be understood', async (t) => {
  const writer = new Writer(t);
  for (let i = 0; i < 1500; i += 1) {
    await writer.write('x');
    writer.clock.advance(MARK_INTERVAL_MS);
  }
  const entries = entriesOf(writer.rig);
  assert.equal(entries.length, 1500);
  const distances = entries.map((entry) => (Array.isArray(entry) ? `${entry.join(' ')}\n`.length : 0));
  let run = 0;
  for (const length of distances) {
    run = length === 0 ? 0 : run + length;
    assert.ok(run < 4096 + 10);
  }
  assert.ok(anchorsOf(writer.rig).length >= 2);
});

/** Runs `write` in a session of its own on the same folder, as a restarted shim would. */
async function laterSession(t: TestContext, before: Rig, text: string, changes: Parameters<Rig['attach']>[0] = {}): Promise<Writer> {
  await before.session.close();
  const writer = new Writer(t, new Rig(t, { clock: new FakeClock(), root: before.root }), changes);
  await writer.write(text);
  return writer;
}

test('a log goes on counting where an earlier session was, though its first files are gone', async (t) => {
  const first = new Writer(t, undefined, { maxSizeBytes: 4, keep: 1 });
  for (const text of ['one\n', 'two\n', 'six\n', 'te']) await first.write(text);
  assert.equal(first.rig.has('stdout.log.2'), false);
  const later = await laterSession(t, first.rig, 'n\n');
  assert.deepEqual(pick(anchorsOf(later.rig).at(-1)), { offset: 14, file: 12, lost: undefined });
});

test('a log that was set aside before anything was written to the next file goes on counting', async (t) => {
  const first = new Writer(t);
  await first.write('one\n');
  await first.rig.session.close();
  renameSync(join(first.rig.dir, 'stdout.log'), join(first.rig.dir, 'stdout.log.1'));
  const later = await laterSession(t, first.rig, 'two\n');
  assert.deepEqual(pick(anchorsOf(later.rig).at(-1)), { offset: 4, file: 4, lost: undefined });
});

test('a log whose last file was set aside and compressed goes on counting, and its index keeps what is left', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n');
  writer.clock.advance(MARK_INTERVAL_MS / 2);
  await writer.write('two\n');
  await writer.end();
  const compressing = writer.rig.attach({ rotate: true, compress: true, combined: false });
  compressing.pipes.end();
  await writer.rig.ended(compressing.run);
  while (!writer.rig.has('stdout.log.1.gz') || writer.rig.has('stdout.log.1')) await turn();
  await writer.rig.session.close();
  const next = new Writer(t, new Rig(t, { clock: new FakeClock(), root: writer.rig.root }));
  await next.write('three\n');
  const last = anchorsOf(next.rig).at(-1);
  assert.deepEqual([last?.['offset'], last?.['file'], last?.['lost']], [8, 8, undefined]);
});

test('a log of which nothing is kept goes on counting over a session that wrote nothing', async (t) => {
  const first = new Writer(t);
  await first.write('one\n');
  await first.rig.session.close();
  const silent = new Writer(t, new Rig(t, { clock: new FakeClock(), root: first.rig.root }), { rotate: true, keep: 0 });
  await silent.rig.session.close();
  const later = await laterSession(t, silent.rig, 'two\n');
  assert.deepEqual(pick(anchorsOf(later.rig).at(-1)), { offset: 4, file: 4, lost: undefined });
});

test('what others took from the end of a log between two sessions is noted as lost, and offsets do not go back', async (t) => {
  const first = new Writer(t);
  await first.write('one\n');
  first.clock.advance(MARK_INTERVAL_MS);
  await first.write('two\n');
  first.clock.advance(MARK_INTERVAL_MS);
  await first.write('six\n');
  await first.rig.session.close();
  truncateSync(join(first.rig.dir, 'stdout.log'), 4);
  const later = await laterSession(t, first.rig, 'ten\n');
  assert.deepEqual(anchorsOf(later.rig).slice(1).map(pick), [
    { offset: 12, file: 8, lost: 8 },
    { offset: 12, file: 8, lost: undefined },
  ]);
});

test('a log that others removed between two sessions goes on counting', async (t) => {
  const first = new Writer(t);
  await first.write('one\n');
  first.clock.advance(MARK_INTERVAL_MS);
  await first.write('two\n');
  await first.rig.session.close();
  rmSync(join(first.rig.dir, 'stdout.log'));
  const later = await laterSession(t, first.rig, 'ten\n');
  assert.deepEqual(anchorsOf(later.rig).slice(1).map(pick), [
    { offset: 8, file: 8, lost: 8 },
    { offset: 8, file: 8, lost: undefined },
  ]);
});

test('case 33: an index that a crash tore goes on in a line of its own', async (t) => {
  const first = new Writer(t);
  await first.write('one\n');
  await first.rig.session.close();
  appendFileSync(join(first.rig.dir, 'stdout.idx'), '{"at":17');
  const later = await laterSession(t, first.rig, 'two\n');
  const lines = later.rig.text('stdout.idx').split('\n');
  assert.equal(lines[2], '{"at":17');
  assert.deepEqual(pick(JSON.parse(lines[3] ?? '') as Record<string, unknown>), { offset: 4, file: 0, lost: undefined });
});

test('case 33: an index of nonsense is no index: the log counts from its files', async (t) => {
  const first = new Writer(t);
  await first.write('one\n');
  await first.rig.session.close();
  writeFileSync(join(first.rig.dir, 'stdout.idx'), '{"offset":-1,"file":0,"ino":0}\nnull\n{"offset":1e99}\n\0\xff');
  const later = await laterSession(t, first.rig, 'two\n');
  assert.match(later.rig.text('stdout.idx'), /"offset":4,"file":0,/);
});

test('case 33: an index that cannot be written costs no output, and begins with a full entry once it can', async (t) => {
  const writer = new Writer(t);
  const path = join(writer.rig.dir, 'stdout.idx');
  mkdirSync(path);
  await writer.write('one\n');
  writer.clock.advance(MARK_INTERVAL_MS);
  rmdirSync(path);
  await writer.write('two\n');
  assert.equal(writer.rig.text('stdout.log'), 'one\ntwo\n');
  assert.deepEqual(anchorsOf(writer.rig).map(pick), [{ offset: 4, file: 0, lost: undefined }]);
});

test('case 33: bytes that are missing are noted once the index can be written, where it could not be when they went missing', async (t) => {
  const writer = new Writer(t);
  await writer.write('one\n');
  const path = join(writer.rig.dir, 'stdout.idx');
  rmSync(path);
  mkdirSync(path);
  truncateSync(join(writer.rig.dir, 'stdout.log'), 1);
  writer.clock.advance(1000);
  await writer.write('two\n');
  rmdirSync(path);
  writer.clock.advance(MARK_INTERVAL_MS);
  await writer.write('six\n');
  assert.deepEqual(anchorsOf(writer.rig).map(pick), [
    { offset: 4, file: 3, lost: 3 },
    { offset: 8, file: 3, lost: undefined },
  ]);
});

const pick = (anchor: Readonly<Record<string, unknown>> | undefined): unknown => ({
  offset: anchor?.['offset'],
  file: anchor?.['file'],
  lost: anchor?.['lost'],
});
