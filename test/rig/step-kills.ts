/**
 * Hosts that are killed at random steps of opening, starting, rotating and writing state, one after the other on a data directory, until one is let
 * live. Every directory begins with nothing, so that the first start of a task is among what is interrupted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TaskRunner, type OpenOptions } from '../../src/index.ts';
import { DyingHosts } from './dying-hosts.ts';
import { GatedTask } from './gated-task.ts';
import type { LineReport } from './numbered-lines.ts';
import { shimGone } from './processes.ts';
import type { Random } from './random.ts';

/** What was found on one data directory. */
export interface StepKills {
  /** What was wrong with definitions, runs and processes. */
  readonly problems: readonly string[];
  /** Kills that came before the runner was open. */
  readonly whileOpening: number;
  /** Definitions that were persisted. */
  readonly kept: number;
  /** What the task wrote, and what its log has. */
  readonly written: number;
  readonly captured: LineReport;
  /** How it ended; it was told to end with {@link STEP_EXIT_CODE}. */
  readonly exitCode: number | null;
}

/** What the task is told to end with. */
export const STEP_EXIT_CODE = 42;
const WEB = 'web';
/** What a host does with tasks, besides what it does without, is about half as much again. */
const MORE_STEPS = 1.5;

/** How many steps a host lives for; measured in `dir`, by one that has all the time it needs. */
export async function countSteps(dir: string): Promise<number> {
  const dataDir = join(dir, 'data');
  const { steps } = await new DyingHosts({ dataDir }, []).live({ dieAtStep: null });
  await shimGone(dataDir);
  if (steps === undefined) throw new Error('the host that is not killed did not do everything');
  return Math.ceil(steps * MORE_STEPS);
}

/** Kills `kills` hosts in `dir`, each at one of `steps`. @param program the program `numbered`, with what comes before its arguments */
export async function killAtSteps(
  dir: string,
  program: readonly string[],
  kills: number,
  { steps, random }: { readonly steps: number; readonly random: Random },
): Promise<StepKills> {
  mkdirSync(dir, { recursive: true });
  const web = new GatedTask(dir, WEB, { program, rate: 2_000, burstLines: 0 });
  const definition = { ...web.kept({ maxSize: '512KiB', keep: 10_000, total: '10GiB' }), runAtStartup: true };
  const options = { dataDir: join(dir, 'data'), tasks: { [WEB]: definition } };
  try {
    const hosts = new DyingHosts(options, [web]);
    let whileOpening = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const { opened } = await hosts.live({ dieAtStep: 1 + random(steps) });
      if (opened === undefined) whileOpening += 1;
    }
    await hosts.live({ dieAtStep: null });
    return { problems: hosts.problems, whileOpening, kept: hosts.keptCount, ...(await endUnder(options, web)) };
  } finally {
    web.close(); // which ends it
    await shimGone(options.dataDir);
  }
}

async function endUnder(options: OpenOptions, web: GatedTask): Promise<Pick<StepKills, 'written' | 'captured' | 'exitCode'>> {
  const runner: TaskRunner = await TaskRunner.open(options);
  try {
    web.finish(STEP_EXIT_CODE);
    const { lastRun } = await runner.waitFor(WEB, 'finished');
    return { written: web.written(), captured: web.verify(runner.paths.taskDir(WEB)), exitCode: lastRun?.exitCode ?? null };
  } finally {
    await runner.close();
  }
}
