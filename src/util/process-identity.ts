/**
 * Which process a pid means: a pid is reused, a pid with its start time and the boot is not.
 * Imports node built-ins alone, so the shim may load it. Linux; elsewhere nothing is known and nothing is signalled.
 */
import { readFileSync } from 'node:fs';
import { readStat } from './process-stat.ts';

/** A process, identified for good. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/PID/stat`: clock ticks between boot and start, proc(5). */
  readonly startTime: string;
}

/** Whether `pid` may be signalled at all: 0 and -1 mean groups of processes, 1 is init. */
export const isSafePid = (pid: unknown): pid is number => Number.isInteger(pid) && (pid as number) > 1;

/** Start time of a process, or undefined when there is none. */
export const startTimeOf = (pid: number): string | undefined => readStat(pid)?.startTime;

/** Whether a process group has a member, dead ones that nobody has reaped included. */
export function groupExists(group: number): boolean {
  if (!isSafePid(group)) return false;
  try {
    return process.kill(-group, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, but another user's
  }
}

/** Whether this very process, and no later one with its pid, exists. */
export const isAlive = (identity: ProcessIdentity): boolean => isSafePid(identity.pid) && startTimeOf(identity.pid) === identity.startTime;

/** The same, of one that has not ended: a dead process that nobody has reaped yet still has its pid and start time. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = isSafePid(pid) ? readStat(pid) : undefined;
  return stat !== undefined && stat.startTime === startTime && !stat.isDead;
}

/**
 * Signals one process, looked at again right before.
 * @returns whether the signal was sent
 * @throws Error with code `EPERM` when it is not ours to signal
 */
export const signalProcess = (identity: ProcessIdentity, signal: NodeJS.Signals): boolean =>
  isAlive(identity) && send(identity.pid, signal);

/**
 * Signals the process group a process leads, or led: while it has members, the kernel gives its number to no other
 * process, so a process with that number and another start time means that the group is gone.
 * @returns whether the signal was sent
 * @throws Error with code `EPERM` when no member is ours to signal
 */
export function signalGroupOf({ pid, startTime }: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isSafePid(pid) && (startTimeOf(pid) ?? startTime) === startTime && send(-pid, signal);
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Identity of this boot: start times of another one mean nothing. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** {@link bootId}, or null where there is no /proc: times of another boot are then told by the wall clock alone. */
export function bootIdIfKnown(): string | null {
  try {
    return bootId();
  } catch {
    return null;
  }
}
