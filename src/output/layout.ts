/** The names of a task's files on disk. Only names: nothing here opens anything. */
import { join } from 'node:path';

/** The logs a task has, in the order they are shown. */
export const OUTPUT_KINDS = ['stdout', 'stderr', 'combined'] as const;
/** Which log. */
export type LogKind = (typeof OUTPUT_KINDS)[number];

/** What `combined.log` puts before each line. */
export const LINE_PREFIX = { stdout: '[stdout] ', stderr: '[stderr] ' } as const;

/** Bytes a stream keeps in memory when a task does not persist its output. */
export const MEMORY_BYTES = 1024 * 1024;

/** Name of the file with the present run. */
export const RUN_FILE = 'run.json';

/** Name of the file with the last runs, one a line. */
export const RUNS_FILE = 'runs.ndjson';

/** The folder of all tasks. */
export const tasksDir = (dataDir: string): string => join(dataDir, 'tasks');

/** The folder of one task. */
export const taskDir = (dataDir: string, task: string): string => join(dataDir, 'tasks', task);

/** The folder of lock, sockets and FIFOs. */
export const runDir = (dataDir: string): string => join(dataDir, 'run');

/** `stdout.log`, or `stdout.log.3` for the third newest rotated file. */
export const logName = (kind: LogKind, index = 0): string => (index === 0 ? `${kind}.log` : `${kind}.log.${index}`);

/** `stdout.idx`: when which bytes of a log came, of which run, and what is missing. */
export const indexName = (kind: LogKind): string => `${kind}.idx`;

/** `stdout.log.3.gz`: a rotated file that was compressed, and stands in the place of the plain one. */
export const compressedName = (kind: LogKind, index: number): string => `${logName(kind, index)}.gz`;

/**
 * Indexes of the rotated files of `kind` among `names`, newest (smallest) first. Holes in the numbering are tolerated:
 * a rotation that was cut short leaves them.
 */
export const rotatedIndexes = (names: readonly string[], kind: LogKind): number[] => numbersIn(names, `${kind}.log.`, '');

/** The same of the compressed ones. Where a plain file has the same index, that one counts: a crash came between the two. */
export const compressedIndexes = (names: readonly string[], kind: LogKind): number[] => numbersIn(names, `${kind}.log.`, '.gz');

function numbersIn(names: readonly string[], prefix: string, suffix: string): number[] {
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .map((name) => name.slice(prefix.length, name.length - suffix.length))
    .filter((number) => /^[1-9]\d{0,8}$/.test(number))
    .map(Number)
    .sort((a, b) => a - b);
}
