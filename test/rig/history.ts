/** What tests of the history need: lines of it, and a look at the file as it lies there. Reads no history by the code under test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEntry } from '../../src/model/run-history.ts';

/** The file of a task's folder, line by line; a line that is no JSON object is told by its text. */
export const historyIn = (taskDir: string): (RunEntry | string)[] =>
  readFileSync(join(taskDir, 'runs.ndjson'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      try {
        return JSON.parse(line) as RunEntry;
      } catch {
        return line;
      }
    });

/** The run ids of the lines. */
export const runIdsIn = (taskDir: string): string[] => historyIn(taskDir).map((line) => (typeof line === 'string' ? line : line.runId));
