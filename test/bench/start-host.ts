/** A process of the benchmark `start`: starts tasks, or bare processes, one after the other, and tells how long each took. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { TaskRunner } from '../../src/index.ts';
import { serve } from './host.ts';
import { median } from './statistics.ts';

/** Medians of one round, in milliseconds. */
export interface StartRound {
  /** Of tasks that never ran before. */
  readonly firstMs: number;
  /** Of the same tasks once more. */
  readonly againMs: number;
}

const STARTS = 40;
const COMMAND = 'sleep';
const ARGS = ['1000'];

async function timed(start: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await start();
  return performance.now() - beganAt;
}

/** Median of a bare `spawn`, to its `spawn` event. */
async function bareRound(): Promise<number> {
  const children: ChildProcess[] = [];
  const tookMs: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    tookMs.push(
      await timed(async () => {
        const child = spawn(COMMAND, ARGS, { stdio: 'ignore' });
        children.push(child);
        await once(child, 'spawn');
      }),
    );
  }
  await Promise.all(children.map((child) => (child.kill('SIGKILL'), once(child, 'exit'))));
  return median(tookMs);
}

let tasks = 0;

async function runnerRound(runner: TaskRunner): Promise<StartRound> {
  const names = Array.from({ length: STARTS }, () => `task-${(tasks += 1)}`);
  for (const name of names) await runner.register({ name, command: COMMAND, args: ARGS });
  const startAll = async (): Promise<number> => {
    const tookMs: number[] = [];
    for (const name of names) tookMs.push(await timed(() => runner.start(name)));
    await Promise.all(names.map((name) => runner.stop(name)));
    return median(tookMs);
  };
  return { firstMs: await startAll(), againMs: await startAll() };
}

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) {
  serve({ round: bareRound }, async () => undefined);
} else {
  const runner: TaskRunner = await TaskRunner.open({ dataDir });
  serve({ round: () => runnerRound(runner) }, () => runner.close());
}
