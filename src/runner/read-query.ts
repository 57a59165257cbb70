/** What a caller wants to read of a task's output, checked and completed. Reads a task's runs where one of them is asked for, and no log. */
import { TaskError, messageOf } from '../errors.ts';
import { presentMoment, toMoment, type Moment } from '../output/read/moment.ts';
import type { OutputQuery } from '../output/read/select.ts';
import { TAIL_MAX_BYTES } from '../output/read/tail.ts';
import type { DirigentPaths } from '../paths.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { readHistory, readRunRecord } from './run-files.ts';

const DEFAULT_TAIL_LINES = 1_000;
/** What one string or buffer may come to; more is read in pieces. */
const MAX_BYTES = 256 * 1024 * 1024;
const RUN_ID = /^[0-9a-f]{16}$/;
/** Shorter than an id, also than one of digits alone. */
const RUN_NUMBER = /^\d{1,9}$/;

/** A moment: a `Date`, Unix milliseconds, a duration ago (`"5m"`), the last time it was `"14:30"`, or a date in ISO 8601, local unless it has a zone. */
export type MomentInput = Date | number | string;

/** Which part of a task's output is meant; all of it where nothing is said. */
export interface OutputSelection {
  /** Lines that began at this moment or later, to 100 ms. A duration counts on the monotonic clock: it is right also when the wall clock was set meanwhile. */
  readonly since?: MomentInput;
  /** Lines that began at this moment or before, to 100 ms. */
  readonly until?: MomentInput;
  /** What one run wrote: `"last"` or 1 is the present or last one, 2 the one before, and so on; or a run's id. */
  readonly run?: number | string;
}

/** What `readOutput` takes. */
export interface ReadOutputOptions extends OutputSelection {
  /** How many lines from the end. @default 1000, or all of the time or run that is asked for */
  readonly tailLines?: number;
  /** The most bytes to give, from the end. @default 16 MiB */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** How output is given: as text, in which invalid UTF-8 shows as U+FFFD, or as it is. */
export type Encoding = 'utf8' | 'buffer';
/** What to read, and how to give it. */
export type DecodedOptions = ReadOutputOptions & { readonly encoding?: Encoding };

/** `bytes` as the caller wants them. @throws TaskError `ARGUMENT_INVALID` */
export function decode(bytes: Buffer, encoding: Encoding = 'utf8'): string | Buffer {
  if (encoding === 'utf8') return bytes.toString('utf8');
  if (encoding === 'buffer') return bytes;
  throw invalid('encoding', '"utf8" or "buffer"', encoding);
}

/** Which bytes of a log to read. */
export interface ReadQuery extends OutputQuery {
  readonly lines: number;
  readonly maxBytes: number;
}

/** Whether a part of the output is meant that only an index can tell. */
export const isSelective = ({ since, until, run }: OutputSelection): boolean =>
  since !== undefined || until !== undefined || run !== undefined;

/** @throws TaskError `ARGUMENT_INVALID`; `DATA_DIR_UNUSABLE` when the runs cannot be read */
export async function resolveReading(paths: DirigentPaths, task: string, options: ReadOutputOptions): Promise<ReadQuery> {
  const { tailLines = isSelective(options) ? Infinity : DEFAULT_TAIL_LINES, maxBytes = TAIL_MAX_BYTES } = options;
  if (tailLines !== Infinity && !(Number.isSafeInteger(tailLines) && tailLines >= 0))
    throw invalid('tailLines', 'a whole number of lines, 0 or more', tailLines);
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= 0 && maxBytes <= MAX_BYTES))
    throw invalid('maxBytes', 'a whole number of bytes up to 256 MiB', maxBytes);
  return { lines: tailLines, maxBytes, ...(await resolveSelection(paths, task, options)) };
}

/** @throws as {@link resolveReading} */
export async function resolveSelection(paths: DirigentPaths, task: string, { since, until, run }: OutputSelection): Promise<OutputQuery> {
  const now = presentMoment();
  const span = { since: momentOf('since', since, now), until: momentOf('until', until, now) };
  if (span.since !== undefined && span.until !== undefined && span.since.at > span.until.at)
    throw new TaskError('ARGUMENT_INVALID', `since: expected a moment before until (${shown(until)}), got ${shown(since)}`);
  return run === undefined ? span : { ...span, run: await runIdOf(paths, task, run) };
}

/** The moment that `value` names, which came as `name`. @throws TaskError `ARGUMENT_INVALID` */
export function momentOf(name: string, value: MomentInput | undefined, now: Moment): Moment | undefined {
  if (value === undefined) return undefined;
  const moment = toMoment(value, now);
  if (moment !== undefined) return moment;
  throw invalid(name, 'a duration ago such as 5m, a time such as 14:30, a date in ISO 8601, a Date or Unix milliseconds', value);
}

async function runIdOf(paths: DirigentPaths, task: string, run: unknown): Promise<string> {
  const number = run === 'last' ? 1 : typeof run === 'string' && RUN_NUMBER.test(run) ? Number(run) : run;
  if (typeof number === 'string' && RUN_ID.test(number)) return number;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1)
    throw invalid('run', '"last", a number (1 is the last run, 2 the one before), or the id of a run', run);
  const ids = await runIds(paths, task);
  const id = ids[number - 1];
  if (id !== undefined) return id;
  const known = ids.length === 0 ? 'no run of it is known' : `its last ${ids.length} runs are known`;
  throw new TaskError('ARGUMENT_INVALID', `run: there is no run ${shown(run)} of ${task}: ${known}`);
}

/** Ids of the runs of a task, newest first, the present one included. */
async function runIds(paths: DirigentPaths, task: string): Promise<string[]> {
  let dir: OwnedDir | undefined;
  try {
    dir = OwnedDir.openExisting(paths.taskDir(task));
    const present = readRunRecord(dir)?.runId;
    const past = (await readHistory(dir, null, Infinity)).map(({ runId }) => runId);
    return present === undefined || past.includes(present) ? past : [present, ...past];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing has run yet
    throw new TaskError('DATA_DIR_UNUSABLE', `the runs of ${task} cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    dir?.close();
  }
}

function invalid(name: string, expected: string, got: unknown): TaskError {
  return new TaskError('ARGUMENT_INVALID', `${name}: expected ${expected}, got ${shown(got)}`);
}

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));
