/** `kill -9` of a host at a random step, and of the next one, and the next: ten on a data directory, then another directory. Adds up what was found. */
import { join } from 'node:path';
import type { LineReport } from '../rig/numbered-lines.ts';
import type { Random } from '../rig/random.ts';
import { STEP_EXIT_CODE, countSteps, killAtSteps } from '../rig/step-kills.ts';

/** What was found. */
export interface StepFigures {
  readonly kills: number;
  /** Among how many steps each was chosen. */
  readonly steps: number;
  /** Kills that came before the runner was open. */
  readonly whileOpening: number;
  /** A task with two processes, a definition or a run that is gone, an exit code that is not the one. */
  readonly problems: readonly string[];
  readonly captured: LineReport;
  readonly met: boolean;
}

const KILLS_A_DIRECTORY = 10;

/** Kills `kills` hosts in `dir`. */
export async function measureSteps(kills: number, dir: string, program: string, random: Random): Promise<StepFigures> {
  const problems: string[] = [];
  const total = { lines: 0, missing: 0, repeated: 0, torn: 0 };
  let whileOpening = 0;
  const steps = await countSteps(join(dir, 'count'));
  for (let left = kills; left > 0; left -= KILLS_A_DIRECTORY) {
    const found = await killAtSteps(join(dir, String(left)), [program], Math.min(left, KILLS_A_DIRECTORY), { steps, random });
    problems.push(...found.problems);
    if (found.exitCode !== STEP_EXIT_CODE) problems.push(`the task ended with ${found.exitCode}, not with ${STEP_EXIT_CODE}`);
    whileOpening += found.whileOpening;
    for (const key of ['lines', 'missing', 'repeated', 'torn'] as const) total[key] += found.captured[key];
  }
  const isWhole = total.missing + total.repeated + total.torn === 0;
  return { kills, steps, whileOpening, problems, captured: total, met: problems.length === 0 && isWhole };
}
