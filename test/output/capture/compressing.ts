/** What the tests of compression share: tools that end with the test, what is in a folder, and moments to wait for. */
import { readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/output/capture/clock.ts';
import type { DiskLogs, LogTools } from '../../../src/output/capture/task-logs.ts';
import { put, toTools } from './disk-logs.ts';
import { logNames, turn } from './rig.ts';

/** Ten files, compressed. */
export const COMPRESSED = { compress: true, keep: 10 };

/** Tools that end with the test. */
export function tools(t: TestContext, warn?: (message: string) => void): LogTools {
  const made = toTools(systemClock, warn);
  t.after(() => made.compressor.close());
  return made;
}

/** The files of a task that writes to stdout alone, but for the index. */
export const names = (dir: string): string[] => logNames(dir).filter((name) => name !== 'stderr.log');
/** Copies that are being made, or were left. */
export const temps = (dir: string): string[] => readdirSync(dir).filter((name) => name.startsWith('.'));
/** Rotated files that are not compressed. */
export const plain = (dir: string): string[] => readdirSync(dir).filter((name) => /\.log\.\d+$/.test(name));

/** Resolves once `condition` holds; it is asked anew at every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Resolves once nothing is left to compress. */
export const allCompressed = (dir: string): Promise<void> => until(() => plain(dir).length === 0 && temps(dir).length === 0);

/** Writes a line for each text; it fills a file, see {@link file}. */
export function fill(logs: DiskLogs, texts: readonly string[]): void {
  for (const text of texts) put(logs.stdout, `${text.repeat(9)}\n`);
}

/** The file of a text. */
export const file = (text: string): string => `${text.repeat(9)}\n`;
