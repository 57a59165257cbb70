/**
 * Which process a pid means: a pid is reused, a pid with its start time and the boot is not.
 * Imports node built-ins alone, so the shim may load it. Linux; elsewhere nothing is known and nothing is signalled.
 */
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';

/** A process, identified for good. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/PID/stat`: clock ticks between boot and start, proc(5). */
  readonly startTime: string;
}

/** Whether `pid` may be signalled at all: 0 and -1 mean groups of processes, 1 is init. */
export const isSafePid = (pid: unknown): pid is number => Number.isInteger(pid) && (pid as number) > 1;

/** Takes a whole `/proc/PID/stat`: 52 numbers of at most 20 digits, and a name of at most 64 bytes. */
const statBuffer = Buffer.alloc(2048);

/** Fields of `/proc/PID/stat` from the third (state) on, or undefined when there is no such process. */
function statFields(pid: number | string): string[] | undefined {
  try {
    const stat = readStat(pid);
    // The command's name may hold spaces and parentheses: the fields begin after the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // no such process: that is the answer
  }
}

/** The file in three system calls; readFileSync makes five of them, and each start asks. */
function readStat(pid: number | string): string {
  const fd = openSync(`/proc/${pid}/stat`, 'r');
  try {
    return statBuffer.toString('latin1', 0, readSync(fd, statBuffer));
  } finally {
    closeSync(fd);
  }
}

/** Start time of a process, or undefined when there is none. */
export const startTimeOf = (pid: number): string | undefined => statFields(pid)?.[19];

/** Whether a process group has a member, dead ones that nobody has reaped included. */
export function groupExists(group: number): boolean {
  if (!isSafePid(group)) return false;
  try {
    return process.kill(-group, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, but another user's
  }
}

/**
 * Whether a process group has a member that is not a zombie. Reads all of `/proc`, so ask {@link groupExists} first:
 * only where PID 1 does not reap (a container without an init) do the two differ for longer than a moment.
 */
export function groupLives(group: number): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const fields = statFields(name);
    return fields !== undefined && Number(fields[2]) === group && fields[0] !== 'Z' && fields[0] !== 'X';
  });
}

/** Whether this very process, and no later one with its pid, exists. */
export const isAlive = (identity: ProcessIdentity): boolean => isSafePid(identity.pid) && startTimeOf(identity.pid) === identity.startTime;

/** The same, of one that has not ended: a dead process that nobody has reaped yet still has its pid and start time. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const fields = isSafePid(pid) ? statFields(pid) : undefined;
  return fields?.[19] === startTime && fields[0] !== 'Z' && fields[0] !== 'X';
}

/**
 * Signals the process group a process leads, or led: while it has members, the kernel gives its number to no other
 * process, so a process with that number and another start time means that the group is gone.
 * @returns whether the signal was sent
 */
export function signalGroupOf({ pid, startTime }: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isSafePid(pid) || (startTimeOf(pid) ?? startTime) !== startTime) return false;
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Identity of this boot: start times of another one mean nothing. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
