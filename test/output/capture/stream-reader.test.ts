/** A reader of one pipe: what it owns, and what happens when its taker has a fault. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAX_PIECE_BYTES } from '../../../src/output/capture/largest-piece.ts';
import { StreamReader } from '../../../src/output/capture/stream-reader.ts';
import { Fifo, Pipes, isOpen, runChild, scratchDir, turn } from './rig.ts';

test('a fault in the taker stops reading at once, and leaves the rest in the pipe for a successor', async (t) => {
  const path = join(scratchDir(t), 'pipe');
  const fifo = new Fifo(path);
  const successor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const faults: unknown[] = [];
  const boom = new Error('boom');
  const onBytes = (): boolean => {
    throw boom;
  };
  let closed = false;
  const reader = new StreamReader(fifo.readFd, { onBytes, onClosed: () => (closed = true), onFault: (error) => faults.push(error) });
  fifo.write('first');
  reader.resume();
  while (faults.length === 0) await turn();
  fifo.write('second');
  reader.resume();
  for (let i = 0; i < 5; i += 1) await turn();
  reader.close();
  while (!closed) await turn();
  assert.deepEqual(faults, [boom]);
  const rest = Buffer.alloc(100);
  assert.equal(rest.toString('latin1', 0, readSync(successor, rest)), 'second');
  fifo.end();
});

test('the descriptor is closed once, at the end of the pipe, and a later close is nothing', async (t) => {
  const fifo = new Fifo(join(scratchDir(t), 'pipe'));
  let closes = 0;
  const read: string[] = [];
  const onBytes = (bytes: Buffer, length: number): boolean => read.push(bytes.toString('latin1', 0, length)) > 0;
  const reader = new StreamReader(fifo.readFd, { onBytes, onClosed: () => (closes += 1), onFault: assert.fail });
  fifo.write('all');
  fifo.end();
  reader.resume();
  while (closes === 0) await turn();
  assert.equal(isOpen(fifo.readFd), false);
  reader.close();
  reader.resume();
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual([read, closes], [['all'], 1]);
});

test('a paused pipe keeps its bytes until it is read on', async (t) => {
  const fifo = new Fifo(join(scratchDir(t), 'pipe'));
  const read: string[] = [];
  const onBytes = (bytes: Buffer, length: number): boolean => {
    read.push(bytes.toString('latin1', 0, length));
    return read.length !== 1;
  };
  let closed = false;
  const reader = new StreamReader(fifo.readFd, { onBytes, onClosed: () => (closed = true), onFault: assert.fail });
  fifo.write('one');
  reader.resume();
  while (read.length === 0) await turn();
  fifo.write('two');
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual(read, ['one']);
  fifo.end();
  reader.resume();
  while (!closed) await turn();
  assert.deepEqual(read, ['one', 'two']);
});

test('a reader hands on at most what it is told when it takes the rest, and says whether that was the end', (t) => {
  const fifo = new Fifo(join(scratchDir(t), 'pipe'));
  let taken = 0;
  const onBytes = (_bytes: Buffer, length: number): boolean => (taken += length) > 0;
  const reader = new StreamReader(fifo.readFd, { onBytes, onClosed: () => {}, onFault: assert.fail });
  fifo.write(Buffer.alloc(1000));
  assert.equal(reader.readRest(600), false);
  assert.equal(taken, 600);
  assert.equal(reader.readRest(600), false);
  assert.equal(taken, 1000);
  fifo.end();
  assert.equal(reader.readRest(600), true);
  reader.close();
});

test('what a pipe gives is handed on at once, at its end too', async (t) => {
  const fifo = new Fifo(join(scratchDir(t), 'pipe'));
  const lengths: number[] = [];
  let closes = 0;
  const onBytes = (_bytes: Buffer, length: number): boolean => lengths.push(length) > 0;
  const reader = new StreamReader(fifo.readFd, { onBytes, onClosed: () => (closes += 1), onFault: assert.fail });
  fifo.write(Buffer.alloc(65_536));
  reader.resume();
  while (lengths.length < 1) await turn();
  fifo.write(Buffer.alloc(40_000));
  fifo.end();
  while (closes === 0) await turn();
  assert.deepEqual([lengths, closes], [[65_536, 40_000], 1]);
});

test('of a flood of tiny writes no piece is larger than it may be, and none is lost', async (t) => {
  const dir = scratchDir(t);
  const pipes = new Pipes(dir, 'run');
  const hash = createHash('sha256');
  let [longest, total] = [0, 0];
  const onBytes = (bytes: Buffer, length: number): boolean => {
    hash.update(bytes.subarray(0, length));
    longest = Math.max(longest, length);
    return (total += length) > 0;
  };
  const closed = new Promise<void>((resolve) => {
    new StreamReader(pipes.stdout.readFd, { onBytes, onClosed: resolve, onFault: assert.fail }).resume();
  });
  const ended = runChild(pipes, 'sh', ['-c', 'exec dd if=/dev/zero bs=11 count=400000 status=none']);
  await Promise.all([closed, ended]);
  closeSync(pipes.stderr.readFd);
  const expected = createHash('sha256').update(Buffer.alloc(4_400_000));
  assert.deepEqual([total, hash.digest('hex')], [4_400_000, expected.digest('hex')]);
  assert.ok(longest <= MAX_PIECE_BYTES);
});
