/**
 * Tiny writes: 64 bytes each, one line each, as fast as they are taken. Ours writes stdout.log and combined.log; a Node.js program
 * that reads its child as child_process offers it, through a pair of sockets, writes one file. Bar: twice as fast.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ours, socketpair } from './capturers.ts';
import { Programs, type Capturer, type FloodSize } from './flood.ts';
import { median, round } from './statistics.ts';

const ROUNDS = 5;
const SIZE: FloodSize = { bytes: 64e6, lineBytes: 64, pieceBytes: 64 };
const MEMORY_DIR = '/dev/shm';
const BAR = 2;

/** Measures both in {@link ROUNDS} rounds, in turn. */
export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(MEMORY_DIR, 'dirigent-bench-'));
  const rounds: { readonly ours: number; readonly node: number }[] = [];
  try {
    const programs = new Programs(dir);
    const rate = async (key: string, capturer: Capturer): Promise<number> => {
      const folder = join(dir, key);
      mkdirSync(folder, { mode: 0o700 });
      const ms = await programs.measure(capturer, SIZE, folder);
      rmSync(folder, { recursive: true });
      return SIZE.bytes / 1e3 / ms;
    };
    for (let i = 0; i < ROUNDS; i += 1) {
      const figures = { ours: await rate('ours', ours(true)), node: await rate('node', socketpair) };
      rounds.push(figures);
      console.log(`round ${i + 1}: ${round(figures.ours, 1)} MB/s, Node.js socketpair ${round(figures.node, 1)} MB/s`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const overNode = round(median(rounds.map((figures) => figures.ours / figures.node)));
  console.log(`64-byte writes: ${overNode} × the speed of a Node.js socketpair reader (bar ${BAR})`);
  return {
    rounds: ROUNDS,
    megabytesPerSecond: round(median(rounds.map((figures) => figures.ours)), 1),
    nodeMegabytesPerSecond: round(median(rounds.map((figures) => figures.node)), 1),
    overNode,
    met: overNode >= BAR,
  };
}
