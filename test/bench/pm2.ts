/** The same work done by pm2, where it is installed: found by DIRIGENT_BENCH_PM2 or on PATH. Its home is a folder of the benchmark's own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** What pm2 took. */
export interface Pm2Round {
  /** To start, list and delete, a task. */
  readonly taskMs: number;
}

/** Fewer than ours: its time a task is the same, and a round stays short. */
const TASKS = 100;
const STEP_TIMEOUT_MS = 300_000;

/** Measures, or gives undefined where there is no pm2. @throws Error when a step of it fails */
export function measurePm2(home: string): Pm2Round | undefined {
  const command = process.env['DIRIGENT_BENCH_PM2'] ?? 'pm2';
  if (spawnSync(command, ['--version'], { env: { ...process.env, PM2_HOME: home } }).error !== undefined) return undefined;
  mkdirSync(home, { recursive: true });
  const file = join(home, 'tasks.json');
  const app = { script: '/bin/sleep', args: ['100000'], interpreter: 'none', autorestart: false };
  writeFileSync(file, JSON.stringify({ apps: Array.from({ length: TASKS }, (_, i) => ({ ...app, name: `task-${i}` })) }));
  const step = (...args: readonly string[]): number => {
    const beganAt = performance.now();
    const { status, stderr } = spawnSync(command, args, {
      env: { ...process.env, PM2_HOME: home },
      timeout: STEP_TIMEOUT_MS,
      maxBuffer: 1e9,
    });
    if (status !== 0) throw new Error(`pm2 ${args.join(' ')} failed: ${stderr.toString().slice(0, 500)}`);
    return performance.now() - beganAt;
  };
  try {
    step('ping'); // starts its daemon
    const commandLineMs = step('ping'); // what its command line costs alone is not held against it
    const tookMs = [step('start', file), step('jlist'), step('delete', 'all')].map((ms) => Math.max(0, ms - commandLineMs));
    return { taskMs: tookMs.reduce((sum, ms) => sum + ms, 0) / TASKS };
  } finally {
    spawnSync(command, ['kill'], { env: { ...process.env, PM2_HOME: home } });
  }
}
