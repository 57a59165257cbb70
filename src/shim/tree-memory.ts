/**
 * Watches how much memory all processes of a run take together, where its definition has a limit. Cheap first: resident
 * pages, which count what processes share once for each of them. Only when those pass the limit is the exact share asked
 * for, which makes the kernel walk every page. Tells once, and stops no one.
 */
import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../util/process-identity.ts';

/** From one look to the next. */
export const LOOK_INTERVAL_MS = 1_000;
const KIB = 1024;

/** What is watched. */
export interface MemorySubject {
  readonly limitBytes: number;
  /** Everyone in the tree, looked for anew. */
  members(): Promise<readonly Pick<ProcessIdentity, 'pid'>[]>;
  exceeded(bytes: number): void;
  warn(error: unknown): void;
}

/** Looks until the limit is passed once, or the function returned is called. */
export function watchMemory(subject: MemorySubject): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    const pids = (await subject.members()).map(({ pid }) => pid);
    if (isOver) return;
    // What is resident cannot be less than the share of it: most looks end here.
    const bytes = sum(pids, residentBytes) > subject.limitBytes ? sum(pids, shareBytes) : 0;
    if (bytes > subject.limitBytes) return subject.exceeded(bytes);
    arm();
  };
  const arm = (): void => {
    timer = setTimeout(() => void look().catch((error: unknown) => subject.warn(error)), LOOK_INTERVAL_MS);
  };
  arm();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

const sum = (pids: readonly number[], bytesOf: (pid: number) => number): number => pids.reduce((total, pid) => total + bytesOf(pid), 0);

/** Resident bytes of a process, 0 when it has ended. What it shares with others counts whole. */
export const residentBytes = (pid: number): number => valueOf(`/proc/${pid}/status`, 'VmRSS');

/** Its proportional share, where we may ask for it; what is resident otherwise, and of one whose map is gone. */
function shareBytes(pid: number): number {
  return valueOf(`/proc/${pid}/smaps_rollup`, 'Pss') || residentBytes(pid);
}

/** A value in KiB of a file of lines, in bytes; 0 where there is none: a process that ended, or is not ours to look into. */
function valueOf(path: string, key: string): number {
  try {
    const value = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(path, 'latin1'))?.[1];
    return value === undefined ? 0 : Number(value) * KIB;
  } catch {
    return 0;
  }
}
