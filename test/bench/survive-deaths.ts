/**
 * A kind of death under load, again and again: who dies, and how much may be lost by it, is all that kinds differ in. Tells what it found and
 * decides nothing but whether all is there that should be.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../rig/random.ts';
import { BenchHost } from './host.ts';
import { median, round } from './statistics.ts';
import type { Looked } from './survive-host.ts';
import type { Death } from './survive-kinds.ts';
import { SurviveLoad, type Marked } from './survive-load.ts';

/** What was found. */
export interface DeathFigures {
  readonly deaths: number;
  readonly captured: Marked;
  /** Tasks that run on as the process and the run they were before. */
  readonly alive: number;
  readonly tasks: number;
  /** Exit codes known exactly, of all there were. */
  readonly exitCodesRight: number;
  /** Exit codes that are said to be lost, where nobody can know them. */
  readonly exitCodesLost: number;
  readonly exitCodes: number;
  /** Until someone works again in the place of who died. */
  readonly backMs: number;
  readonly met: boolean;
}

/** The longest from the moment a host works to the death; the bursts take about as long. */
const MAX_LIFE_MS = 150;

interface Course {
  readonly load: SurviveLoad;
  readonly death: Death;
  readonly random: Random;
  readonly open: () => Promise<BenchHost>;
  readonly backMs: number[];
  exitCodesRight: number;
  exitCodesLost: number;
  exitCodes: number;
}

/** Has `deaths` of them happen under a load of its own in `dir`. */
export async function measureDeaths(death: Death, deaths: number, dir: string, program: string, random: Random): Promise<DeathFigures> {
  const load = new SurviveLoad(dir, program);
  const open = (): Promise<BenchHost> =>
    BenchHost.start('./survive-host.js', [JSON.stringify(load.options), ...(death.library === undefined ? [] : [death.library])]);
  const course: Course = { load, death, random, open, backMs: [], exitCodesRight: 0, exitCodesLost: 0, exitCodes: 0 };
  let host = await open();
  try {
    const before = await host.ask<Looked[]>('start');
    for (let count = 0; count < deaths; count += 1) host = await dieOnce(course, host);
    const after = await host.ask<Looked[]>('look');
    const alive = before.filter((task) => isSame(task, after)).length;
    await finish(course, host);
    await host.end();
    return toFigures(course, deaths, load.marked(death.leavesSeams ? deaths : 0), alive, before.length);
  } finally {
    await host.end();
    load.close();
  }
}

/** One death, with a job that ends before it or after it. */
async function dieOnce(course: Course, host: BenchHost): Promise<BenchHost> {
  const { load, death, random, open, backMs } = course;
  const [job] = await host.ask<Looked[]>('startJob');
  load.burst();
  const diesAfterMs = random(MAX_LIFE_MS);
  const exitCode = random(256);
  const told = wait(random(2 * MAX_LIFE_MS)).then(() => load.job.finish(exitCode));
  await wait(diesAfterMs);
  const diedAt = performance.now();
  load.burst();
  const next = await death.strike(host, open);
  backMs.push(performance.now() - diedAt);
  await told;
  const [end] = await next.ask<Looked[]>('jobEnd');
  noteExit(course, exitCode, end?.runId === job?.runId ? end : undefined);
  return next;
}

async function finish(course: Course, host: BenchHost): Promise<void> {
  const codes = course.load.finish();
  const ends = await host.ask<Looked[]>('ends');
  for (const [name, code] of codes)
    noteExit(
      course,
      code,
      ends.find((end) => end.name === name),
    );
}

function noteExit(course: Course, expected: number, end: Looked | undefined): void {
  course.exitCodes += 1;
  if (end?.state === 'finished' && end.exitCode === expected) course.exitCodesRight += 1;
  if (end?.state === 'failed' && end.reason === 'lost' && course.death.losesExitCodes) course.exitCodesLost += 1;
}

const isSame = (task: Looked, later: readonly Looked[]): boolean => later.some((one) => JSON.stringify(one) === JSON.stringify(task));

function toFigures(course: Course, deaths: number, captured: Marked, alive: number, tasks: number): DeathFigures {
  const { exitCodesRight, exitCodesLost, exitCodes, backMs } = course;
  // Without a seam, a byte that is missing is one that no seam speaks of.
  const isWhole = captured.repeated === 0 && captured.unmarked === 0 && captured.wrongLogs === 0;
  const met = isWhole && alive === tasks && exitCodesRight + exitCodesLost === exitCodes;
  return { deaths, captured, alive, tasks, exitCodesRight, exitCodesLost, exitCodes, backMs: round(median(backMs), 0), met };
}
