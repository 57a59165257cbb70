/** FIFOs made ahead of need: enough, each one's own, given back, and never the last descriptors. */
import assert from 'node:assert/strict';
import { closeSync, lstatSync, openSync, readSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FifoPool, SPARE_DESCRIPTORS, type Pipe } from '../../src/shim/fifo-pool.ts';
import { atEnd } from '../rig/cleanup.ts';
import { descriptorsOf } from '../rig/processes.ts';
import { tempDir } from '../rig/project.ts';

const PLENTY = 1_000_000;

function close(pipe: Pipe): void {
  closeSync(pipe.readFd);
  closeSync(pipe.writeFd);
}

/** The descriptor that the next open(2) gets: the kernel takes the lowest. */
function lowestFree(): number {
  const fd = openSync('/dev/null', 'r');
  closeSync(fd);
  return fd;
}

async function openMany(t: TestContext, pool: FifoPool, count: number): Promise<Pipe[]> {
  const pipes = await Promise.all(Array.from({ length: count }, () => pool.open()));
  atEnd(t, () => pipes.forEach(close));
  return pipes;
}

test('80 pipes asked for at once are 80 different ones, and each carries its own bytes', async (t) => {
  const pool = new FifoPool(tempDir(t), PLENTY);
  const pipes = await openMany(t, pool, 80);
  assert.equal(new Set(pipes.map(({ name }) => name)).size, 80);
  for (const { name, writeFd } of pipes) writeSync(writeFd, name);
  for (const { name, readFd } of pipes) {
    const bytes = Buffer.alloc(100);
    assert.equal(bytes.toString('utf8', 0, readSync(readFd, bytes)), name);
  }
});

test('the read end does not block, and the write end does', async (t) => {
  const [pipe] = await openMany(t, new FifoPool(tempDir(t), PLENTY), 1);
  assert.ok(pipe !== undefined);
  assert.throws(() => readSync(pipe.readFd, Buffer.alloc(1)), { code: 'EAGAIN' });
});

test('a pipe that came back is used again before another is made', async (t) => {
  const dir = tempDir(t);
  const pool = new FifoPool(dir, PLENTY);
  await pool.fill();
  const made = readdirSync(dir).length;
  for (let use = 0; use < 200; use += 1) {
    const pipe = await pool.open();
    close(pipe);
    pool.release(pipe.name);
  }
  assert.equal(readdirSync(dir).length, made);
});

test('fills that overlap make one batch, and a pool that is full makes none', async (t) => {
  const dir = tempDir(t);
  const pool = new FifoPool(dir, PLENTY);
  await Promise.all([pool.fill(), pool.fill(), pool.fill()]);
  const made = readdirSync(dir).length;
  await pool.fill();
  assert.equal(readdirSync(dir).length, made);
});

test('everyone may write to a pipe by its name, and only its owner may read it: the folder keeps others away', async (t) => {
  const dir = tempDir(t);
  await new FifoPool(dir, PLENTY).fill();
  for (const name of readdirSync(dir)) assert.equal(lstatSync(join(dir, name)).mode & 0o777, 0o622);
});

test('a pipe that would take one of the spare descriptors is refused with EMFILE, and leaves none open', async (t) => {
  const dir = tempDir(t);
  await new FifoPool(dir, PLENTY).fill();
  const before = descriptorsOf(process.pid);
  const pool = new FifoPool(tempDir(t), lowestFree() + 1 + SPARE_DESCRIPTORS);
  await assert.rejects(pool.open(), { code: 'EMFILE', message: /only 16 of/ });
  await assert.rejects(pool.open(), { code: 'EMFILE' });
  assert.equal(descriptorsOf(process.pid), before);
});

test('a folder that is gone is told with what mkfifo says', async (t) => {
  const pool = new FifoPool(join(tempDir(t), 'absent'), PLENTY);
  await assert.rejects(pool.open(), /^Error: no FIFOs can be made in .*absent \(mkfifo: .*No such file or directory\)$/);
  await assert.rejects(pool.open(), /no FIFOs can be made/, 'and told again');
});

test('work in turn never overlaps, and a failure does not stop those behind it', async (t) => {
  const pool = new FifoPool(tempDir(t), PLENTY);
  const log: string[] = [];
  const work =
    (name: string, isBad = false) =>
    async (): Promise<string> => {
      log.push(`${name} begins`);
      await pool.fill();
      log.push(`${name} ends`);
      if (isBad) throw new Error('bad');
      return name;
    };
  const [one, two, three] = await Promise.allSettled([
    pool.inTurn(work('one')),
    pool.inTurn(work('two', true)),
    pool.inTurn(work('three')),
  ]);
  assert.deepEqual(log, ['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
  assert.deepEqual([one.status, two.status, three.status], ['fulfilled', 'rejected', 'fulfilled']);
});
