/**
 * One look at every process of the system, through `/proc`: who its parent, group and session are, and which run's
 * variable it carries. Signals nothing and remembers nothing. Costs some 20 µs a process.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { TICKS_PER_SECOND, isAnswer, readStat, type ProcessStat } from './process-stat.ts';

/** The variable that names the run in the environment of each of its processes: inherited, so that it finds those that left group and session. */
export const RUN_VARIABLE = 'DIRIGENT_RUN';

/** All processes of one moment. */
export interface ProcessTable {
  readonly processes: ReadonlyMap<number, ProcessStat>;
  /** The run in the environment a process was started with. Read when asked: it costs as much as all the rest. */
  runOf(process: ProcessStat): string | undefined;
}

/** How often a look is taken again because processes ended in its midst, which may have left children that it missed. */
const MAX_LOOKS = 2;
const MAX_COMMAND_CHARS = 200;

/** Looks at every process; undefined where there is no `/proc`. */
export function readProcessTable(root = '/proc'): ProcessTable | undefined {
  for (let look = 1; ; look += 1) {
    const names = listPids(root);
    if (names === undefined) return undefined;
    const processes = new Map<number, ProcessStat>();
    for (const name of names) {
      const stat = readStat(name, root);
      if (stat !== undefined) processes.set(stat.pid, stat);
    }
    if (processes.size === names.length || look === MAX_LOOKS) return { processes, runOf: (process) => runOf(process, root) };
  }
}

function listPids(root: string): string[] | undefined {
  try {
    return readdirSync(root).filter((name) => name.charCodeAt(0) <= 57 && /^\d+$/.test(name));
  } catch (error) {
    if (isAnswer(error)) return undefined;
    throw error;
  }
}

/** A process in the midst of execve(2) has no environment for some 100 µs; one that was started so lately is asked again, this often. */
const MAX_ASKS = 5;
const ASK_AGAIN_MS = 1;
/** Ticks since its start that count as lately. */
const YOUNG_TICKS = 20;

function runOf(process: ProcessStat, root: string): string | undefined {
  if (process.isDead) return undefined;
  let environment = readText(`${root}/${process.pid}/environ`);
  for (let ask = 1; environment === '' && ask < MAX_ASKS && isYoung(process, root); ask += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ASK_AGAIN_MS);
    environment = readText(`${root}/${process.pid}/environ`);
  }
  const mark = `\0${RUN_VARIABLE}=`;
  const at = `\0${environment}`.indexOf(mark);
  const run = at === -1 ? '' : environment.slice(at + mark.length - 1).split('\0', 1)[0];
  return run === '' ? undefined : run;
}

const isYoung = ({ startTime }: ProcessStat, root: string): boolean =>
  Number(readText(`${root}/uptime`).split(' ', 1)[0]) * TICKS_PER_SECOND - Number(startTime) < YOUNG_TICKS;

/** The command line of a process, for people; of one that has none or is stuck in the kernel, its name in brackets, as ps(1) has it. */
export function commandOf({ pid, name, state }: ProcessStat): string {
  // Reading the memory of a process that is stuck can get the reader stuck too.
  const line = state === 'D' ? '' : readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return line === '' ? `[${name}]` : line.slice(0, MAX_COMMAND_CHARS);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isAnswer(error)) return '';
    throw error;
  }
}
