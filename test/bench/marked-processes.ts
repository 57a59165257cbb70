/** The processes of a benchmark's service, found by a mark in their environment whatever tool started them. Signals no others. */
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { readStat, type ProcessStat } from '../../src/util/process-stat.ts';
import { signalProcess } from '../../src/util/process-identity.ts';
import { environmentOf } from '../rig/processes.ts';

/** Those that live and carry the mark. */
export function markedProcesses(mark: string): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = readStat(pid);
      return stat !== undefined && !stat.isDead && environmentOf(pid).includes(`SURVIVORS_MARK=${mark}`) ? [stat] : [];
    });
}

/** Those of them that are there to be stopped. */
export const markedSleepers = (mark: string): ProcessStat[] => markedProcesses(mark).filter(({ name }) => name === 'sleep');

/** Kills them by pid, until none is left. */
export async function endMarked(mark: string): Promise<void> {
  for (let left = markedProcesses(mark); left.length > 0; left = markedProcesses(mark)) {
    for (const process of left) signalProcess(process, 'SIGKILL');
    await wait(20);
  }
}
