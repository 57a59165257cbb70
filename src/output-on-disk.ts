/** A task's output from its files alone, with or without a runner: whole, in blocks, or line by line. Locks, starts and changes nothing. */
import { TaskError, messageOf } from './errors.ts';
import { OutputKind, type LogCheck } from './model/output.ts';
import { TASK_NAME_PATTERN } from './model/task-name.ts';
import { loggedLines, toRecord, type LoggedLine, type LoggedRecord } from './output/read/logged-lines.ts';
import { ReadPool } from './output/read/pool.ts';
import type { ByteRange } from './output/read/ranges.ts';
import { scanBlocks, type LogBlock } from './output/read/scan.ts';
import { selectRanges } from './output/read/select.ts';
import { lastLinesOf } from './output/read/tail.ts';
import { verifyLog } from './output/read/verify.ts';
import type { DirigentPaths } from './paths.ts';
import { decode, resolveReading, type DecodedOptions, type ReadOutputOptions } from './runner/read-query.ts';

export type { LoggedLine, LoggedRecord } from './output/read/logged-lines.ts';
/** Some bytes of a log, and the offset of the first of them. */
export type OutputBlock = LogBlock;

/** Which part of a log is streamed: as for `readOutput`, but all of it where nothing is said, and of every length. */
export type StreamOptions = Omit<ReadOutputOptions, 'maxBytes'>;

/**
 * The same as `runner.readOutput`, of a task that need not be running nor defined.
 * @throws TaskError `ARGUMENT_INVALID`; `DATA_DIR_UNUSABLE` when a file of it cannot be read; the signal's reason
 */
export async function readOutputOnDisk(
  paths: DirigentPaths,
  name: string,
  kind: OutputKind,
  options: ReadOutputOptions & { readonly encoding: 'buffer' },
): Promise<Buffer>;
export async function readOutputOnDisk(
  paths: DirigentPaths,
  name: string,
  kind: OutputKind,
  options?: ReadOutputOptions & { readonly encoding?: 'utf8' },
): Promise<string>;
export async function readOutputOnDisk(
  paths: DirigentPaths,
  name: string,
  kind: OutputKind,
  options: DecodedOptions = {},
): Promise<string | Buffer> {
  assertIsLog(name, kind);
  const query = await resolveReading(paths, name, options);
  const pool = new ReadPool();
  try {
    const { bytes } = await pool.tail({ dir: paths.taskDir(name), kind, ...query }, { signal: options.signal });
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), options.encoding);
  } catch (error) {
    throw explain(error, name, options.signal);
  } finally {
    await pool.close();
  }
}

/**
 * A part of a task's log in order, as far as it is written when the reading begins, however long it is: one block is in memory at
 * a time, valid until the next is asked for.
 * @throws as {@link readOutputOnDisk}
 */
export async function* streamOutputOnDisk(
  paths: DirigentPaths,
  name: string,
  kind: OutputKind,
  options: StreamOptions = {},
): AsyncGenerator<OutputBlock, void, void> {
  assertIsLog(name, kind);
  const { signal } = options;
  try {
    const dir = paths.taskDir(name);
    for (const range of await rangesFor(paths, name, kind, options)) yield* scanBlocks(dir, kind, { ...range, signal });
  } catch (error) {
    throw explain(error, name, signal);
  }
}

/**
 * The same line by line, in batches, each with its time, run and stream; a batch is valid until the next is asked for.
 * @throws as {@link readOutputOnDisk}
 */
export async function* streamLinesOnDisk(
  paths: DirigentPaths,
  name: string,
  kind: OutputKind,
  options: StreamOptions = {},
): AsyncGenerator<readonly LoggedLine[], void, void> {
  assertIsLog(name, kind);
  try {
    yield* loggedLines({ dir: paths.taskDir(name), kind }, await rangesFor(paths, name, kind, options), options.signal);
  } catch (error) {
    throw explain(error, name, options.signal);
  }
}

/** A line as data, with its text. */
export const toLoggedRecord = (name: string, kind: OutputKind, line: LoggedLine): LoggedRecord => toRecord(name, kind, line);

/**
 * Whether the logs of a task are whole: what should be there, by their indexes, and what is; compressed files are unpacked.
 * What the disk of a running task refuses at this moment is known to its runner alone: `runner.counters`.
 * @param options `kind`: one log; by default each that was ever written to
 * @throws TaskError `ARGUMENT_INVALID`; `DATA_DIR_UNUSABLE` when a file of it cannot be read; the signal's reason
 */
export async function verifyOutputOnDisk(
  paths: DirigentPaths,
  name: string,
  options: { readonly kind?: OutputKind; readonly signal?: AbortSignal } = {},
): Promise<LogCheck[]> {
  const { kind, signal } = options;
  assertIsLog(name, kind ?? 'stdout');
  try {
    const checks: LogCheck[] = [];
    for (const each of kind === undefined ? OutputKind.options : [kind]) checks.push(await verifyLog(paths.taskDir(name), each, signal));
    return checks.filter(({ to, missing }) => kind !== undefined || to > 0 || missing.length > 0);
  } catch (error) {
    throw explain(error, name, signal);
  }
}

async function rangesFor(paths: DirigentPaths, name: string, kind: OutputKind, options: StreamOptions): Promise<ByteRange[]> {
  const { lines, ...query } = await resolveReading(paths, name, { tailLines: Infinity, ...options });
  const place = { dir: paths.taskDir(name), kind };
  return lastLinesOf(place, await selectRanges(place, query), lines);
}

/** A name is part of a path here, and nobody has looked at it yet. */
function assertIsLog(name: string, kind: OutputKind): void {
  if (!TASK_NAME_PATTERN.test(name)) throw new TaskError('ARGUMENT_INVALID', `expected the name of a task, got ${JSON.stringify(name)}`);
  if (OutputKind.options.includes(kind)) return;
  throw new TaskError('ARGUMENT_INVALID', `expected ${OutputKind.options.join(', ')}, got ${JSON.stringify(kind)}`);
}

function explain(error: unknown, name: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true || TaskError.is(error)) return error;
  return new TaskError('DATA_DIR_UNUSABLE', `the output of ${name} cannot be read: ${messageOf(error)}`, { cause: error });
}
