/** Specification of reading the end of a log from its files. Real files; the reference is tail(1). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { TAIL_MAX_BYTES, tailBuffer, tailFiles } from '../../../src/output/read/tail.ts';
import type { TailRequest } from '../../../src/output/read/tail.ts';
import { LogWriter, openIn, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

const tail = async (dir: string, lines: number, more: Partial<TailRequest> = {}): Promise<{ text: string; truncated: boolean }> => {
  const { bytes, truncated } = await tailFiles({ dir, kind: 'stdout', lines, maxBytes: TAIL_MAX_BYTES, ...more });
  return { text: Buffer.from(bytes).toString('latin1'), truncated };
};

/** Bytes this process has read so far, proc(5). */
const bytesReadSoFar = (): number => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);

const text = fc.string({ unit: fc.constantFrom('a', '\n', 'b', '\0', '\r', 'é'), maxLength: 40 });

test('the last lines are those that tail -n gives of all files of the log in a row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), fc.nat(8), async (newestFirst, lines) => {
      const dir = folder.dir();
      newestFirst.forEach((content, index) => writeFileSync(join(dir, index === 0 ? 'stdout.log' : `stdout.log.${index}`), content));
      const whole = Buffer.from([...newestFirst].reverse().join(''));
      writeFileSync(join(dir, 'whole'), whole);
      const reference = execFileSync('tail', ['-n', String(lines), join(dir, 'whole')], { encoding: 'latin1' });
      assert.deepEqual(await tail(dir, lines), { text: reference, truncated: false });
      assert.equal(Buffer.from(tailBuffer(whole, lines)).toString('latin1'), reference);
    }),
    { numRuns: 80 },
  );
});

test('lines that go through the end of a block, or fill many, are whole', async () => {
  const dir = folder.dir();
  const lines = Array.from({ length: 300 }, (_, index) => `${index}:${'x'.repeat((index * 7919) % 40_000)}\n`);
  writeFileSync(join(dir, 'stdout.log.1'), lines.slice(0, 150).join(''));
  writeFileSync(join(dir, 'stdout.log'), lines.slice(150).join(''));
  for (const count of [1, 10, 149, 150, 151, 299, 300, 500, Infinity]) {
    assert.equal((await tail(dir, count)).text, lines.slice(-Math.min(count, 300)).join(''), `${count} lines`);
  }
});

test('a missing log, a missing folder, and no lines at all are an empty result', async () => {
  const dir = folder.dir();
  assert.deepEqual(await tail(dir, 10), { text: '', truncated: false });
  assert.deepEqual(await tail(join(dir, 'nothing'), 10), { text: '', truncated: false });
  writeFileSync(join(dir, 'stdout.log'), 'a\n');
  assert.deepEqual(await tail(dir, 0), { text: '', truncated: false });
  assert.deepEqual(await tail(dir, 5, { kind: 'stderr' }), { text: '', truncated: false });
});

test('holes in the numbering are passed, and the order is by number', async () => {
  const dir = folder.dir();
  for (const [name, content] of Object.entries({ 'stdout.log.10': 'a\n', 'stdout.log.4': 'b\n', 'stdout.log.1': 'c\n' })) {
    writeFileSync(join(dir, name), content);
  }
  for (const name of ['stdout.log.x', 'stdout.log.01', 'stdout.log.2.gzip', 'stdout.logs']) writeFileSync(join(dir, name), 'no\n');
  assert.equal((await tail(dir, 10)).text, 'a\nb\nc\n', 'also without a current file');
  writeFileSync(join(dir, 'stdout.log'), 'd\n');
  assert.equal((await tail(dir, 3)).text, 'b\nc\nd\n');
});

test('a result over the most bytes begins with its first whole line and says that it is cut', async () => {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log.1'), 'one\ntwo\n');
  writeFileSync(join(dir, 'stdout.log'), 'three\nfour\n');
  assert.deepEqual(await tail(dir, 4, { maxBytes: 19 }), { text: 'one\ntwo\nthree\nfour\n', truncated: false });
  assert.deepEqual(await tail(dir, 4, { maxBytes: 18 }), { text: 'two\nthree\nfour\n', truncated: true });
  assert.deepEqual(await tail(dir, 4, { maxBytes: 15 }), { text: 'two\nthree\nfour\n', truncated: true });
  assert.deepEqual(await tail(dir, 4, { maxBytes: 3 }), { text: 'ur\n', truncated: true }, 'one line alone is too long');
  assert.deepEqual(await tail(dir, 1, { maxBytes: 5 }), { text: 'four\n', truncated: false });
  assert.deepEqual(await tail(dir, 4, { maxBytes: 0 }), { text: '', truncated: true });
});

test('the tail of a 10 GB log reads its end alone', async () => {
  const dir = folder.dir();
  const path = join(dir, 'stdout.log');
  writeFileSync(path, '');
  truncateSync(path, 10 * 1024 ** 3);
  const fd = openSync(path, 'a');
  writeSync(fd, `\n${Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n')}\n`);
  closeSync(fd);
  const before = bytesReadSoFar();
  assert.equal((await tail(dir, 3)).text, 'line 997\nline 998\nline 999\n');
  const read = bytesReadSoFar() - before;
  assert.ok(read < 100_000, `${read} bytes were read`);
  const cut = await tail(dir, 5000);
  assert.equal(cut.truncated, true);
  assert.ok(bytesReadSoFar() - before < TAIL_MAX_BYTES + 200_000);
});

test('a planted link, FIFO, folder or device is refused at once and its target never read', async () => {
  const target = join(folder.dir(), 'secret');
  writeFileSync(target, 'secret\n');
  const plant: Record<string, (path: string) => void> = {
    link: (path) => symlinkSync(target, path),
    fifo: (path) => void execFileSync('mkfifo', [path]),
    folder: (path) => mkdirSync(path),
    device: (path) => symlinkSync('/dev/zero', path),
  };
  for (const [what, put] of Object.entries(plant)) {
    const current = folder.dir();
    put(join(current, 'stdout.log'));
    await assert.rejects(tail(current, 5), { code: 'EUNSAFE' }, what);
    const rotated = folder.dir();
    writeFileSync(join(rotated, 'stdout.log'), 'a\nb\n');
    put(join(rotated, 'stdout.log.1'));
    await assert.rejects(tail(rotated, 5), { code: 'EUNSAFE' }, `rotated ${what}`);
    assert.equal((await tail(rotated, 1)).text, 'b\n', 'a file that is not needed is not touched');
  }
});

test('counts that are none are refused', async () => {
  const dir = folder.dir();
  for (const bad of [-1, NaN, 1.5, -Infinity]) {
    await assert.rejects(tail(dir, bad), RangeError);
    await assert.rejects(tail(dir, 1, { maxBytes: bad }), RangeError);
    assert.throws(() => tailBuffer(Buffer.from('a'), bad), RangeError);
  }
  assert.equal((await tail(dir, 1e99)).text, '');
});

test('files are closed, also when one is refused', async () => {
  const dir = folder.dir();
  const log = new LogWriter(dir);
  log.write('a\n');
  log.rotate();
  log.write('b\nc\n');
  symlinkSync('/etc/passwd', log.path(2));
  for (let round = 0; round < 3; round += 1) {
    await assert.rejects(tail(dir, 100), { code: 'EUNSAFE' });
    await tail(dir, 1);
    assert.deepEqual(openIn(dir), []);
  }
});
