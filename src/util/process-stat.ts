/** One line of `/proc/PID/stat`, read and taken apart, proc(5). Linux; elsewhere there is none. */
import { closeSync, openSync, readSync } from 'node:fs';

/** What the system tells of one process in one line. */
export interface ProcessStat {
  readonly pid: number;
  /** The command's name, cut to 15 characters by the kernel. It may hold anything but NUL. */
  readonly name: string;
  /** `R` runs, `S` sleeps, `D` is stuck in the kernel, `T` is stopped by a signal, `Z` is a zombie, … */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks between boot and start: with the pid, who it is. */
  readonly startTime: string;
  /** Processor time it has used, and all children it has waited for with it, in clock ticks of {@link TICKS_PER_SECOND}. */
  readonly cpuTicks: number;
  /** Whether it has ended. A zombie whose other threads go on has not: its first thread alone did. */
  readonly isDead: boolean;
}

/**
 * The unit in which the system tells times: USER_HZ, `sysconf(_SC_CLK_TCK)`. 100 wherever Node.js runs: the kernel's
 * `include/uapi/asm-generic/param.h`, which Alpha alone departs from.
 */
export const TICKS_PER_SECOND = 100;

/** Such a line has some 300 bytes; 52 fields of 20 digits would have less than this. */
const MAX_STAT_BYTES = 2_048;
const buffer = Buffer.allocUnsafe(MAX_STAT_BYTES);

/** Takes a line apart, or gives undefined when it is none. */
export function parseStat(line: string): ProcessStat | undefined {
  // The name may hold spaces and parentheses: the fields begin after the last one.
  const nameEnd = line.lastIndexOf(')');
  const fields = line.slice(nameEnd + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  const startTime = fields[19];
  if (nameEnd === -1 || startTime === undefined) return undefined;
  return {
    pid: Number.parseInt(line, 10),
    name: line.slice(line.indexOf('(') + 1, nameEnd),
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime,
    cpuTicks: sum(fields.slice(11, 15)), // utime, stime, cutime, cstime
    isDead: state === 'X' || (state === 'Z' && Number(fields[17]) <= 1),
  };
}

const sum = (numbers: readonly string[]): number => numbers.reduce((total, number) => total + Number(number), 0);

/**
 * Reads about one process; undefined when there is none, or when the system keeps it from us.
 * @throws Error when no descriptor is left to look with: that is no answer
 */
export function readStat(pid: number | string, root = '/proc'): ProcessStat | undefined {
  try {
    const fd = openSync(`${root}/${pid}/stat`, 'r');
    try {
      // One call of read(2): a look at a thousand processes is a thousand of these.
      return parseStat(buffer.toString('latin1', 0, readSync(fd, buffer, 0, MAX_STAT_BYTES, 0)));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isAnswer(error)) return undefined;
    throw error;
  }
}

/** Whether an error of a look into `/proc` tells that there is no such process, or none for us. */
export const isAnswer = (error: unknown): boolean =>
  ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
