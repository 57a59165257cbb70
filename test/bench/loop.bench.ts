/**
 * What supervision costs the event loop of its host: the delay of the main loop (p99, 1 ms resolution) of a process that
 * holds 1.5 GB, while 200 tasks start, and while one task floods its log as in the benchmark `capture`, against the same process
 * idle; beside it what a bare spawn does there, and the one stall that opening the runner costs. Bars: 2.5 × idle for starts, 1.5 ×
 * for capture. In memory-backed files: what is measured is the runner, not a disk.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Programs, type FloodSize } from './flood.ts';
import type { LoopRound } from './loop-host.ts';
import { median, round } from './statistics.ts';

const ROUNDS = 7;
/** That of `capture`. */
const FLOOD: FloodSize = { bytes: 1e9, lineBytes: 100, pieceBytes: 64 * 1024 };
const MEMORY_DIR = '/dev/shm';
const BARS = { starts: 2.5, capture: 1.5 };

/** Measures in {@link ROUNDS} fresh hosts. */
export async function run(): Promise<Record<string, unknown>> {
  const rounds: LoopRound[] = [];
  const dir = mkdtempSync(join(MEMORY_DIR, 'dirigent-bench-'));
  try {
    const programs = new Programs(dir);
    for (let i = 0; i < ROUNDS; i += 1) {
      const figures = await oneRound(join(dir, String(i)), programs);
      rounds.push(figures);
      console.log(
        `round ${i + 1}: idle p99 ${round(figures.idleMs)} ms, 200 starts ${round(figures.startsMs)} ms, capture ${round(figures.captureMs)} ms, ` +
          `bare spawn ${round(figures.bareSpawnMs)} ms; opening stalled the loop for ${round(figures.openStallMs)} ms; start p50 ${round(figures.startP50Ms)} ms`,
      );
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const ratio = (of: (figures: LoopRound) => number): number => round(median(rounds.map((figures) => of(figures) / figures.idleMs)));
  const starts = ratio((figures) => figures.startsMs);
  const capture = ratio((figures) => figures.captureMs);
  const bareSpawn = ratio((figures) => figures.bareSpawnMs);
  const openStallMs = round(median(rounds.map((figures) => figures.openStallMs)));
  console.log(
    `200 starts: ${starts} × idle (bar ${BARS.starts}); capture: ${capture} × idle (bar ${BARS.capture}); bare spawn: ${bareSpawn} × idle; opening stalls once for ${openStallMs} ms`,
  );
  return {
    rounds: ROUNDS,
    startsOverIdle: starts,
    captureOverIdle: capture,
    bareSpawnOverIdle: bareSpawn,
    openStallMs,
    met: starts <= BARS.starts && capture <= BARS.capture,
  };
}

function oneRound(dataDir: string, programs: Programs): Promise<LoopRound> {
  const args = [dataDir, programs.gate, ...programs.flood(FLOOD)];
  const host = fork(fileURLToPath(new URL('./loop-host.js', import.meta.url)), args, { execArgv: ['--max-old-space-size=4096'] });
  return new Promise<LoopRound>((resolve, reject) => {
    host.once('message', (figures) => resolve(figures as LoopRound));
    host.once('exit', (code) => reject(new Error(`the host ended with ${code} before it reported`)));
  });
}
