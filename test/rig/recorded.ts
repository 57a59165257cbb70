/** What a runner keeps of what its machines did, as a test reads it. Nothing here waits. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DirigentPaths } from '../../src/index.ts';
import type { Line } from '../../src/trace/frame.ts';

/** The lines of a text, each with its end. */
export const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** A segment of the history of a closed runner. */
export const historyText = ({ dataDir }: DirigentPaths, segment = 'history.ndjson'): string =>
  readFileSync(join(dataDir, 'inspector', segment), 'utf8');

/** Lines as a file holds them. */
export const toText = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
