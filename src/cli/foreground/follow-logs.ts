/** `dirigent logs -f`: output as it comes, from the files alone, until somebody ends it. It needs no runner, and outlives it. */
import { TaskError, followOutputOnDisk, type OutputKind, type OutputLine } from '../../index.ts';
import type { Cli } from '../host.ts';
import { exitCodeOfSignal } from '../exit-code.ts';
import { tasksOnDisk, toMatcher, type Project } from '../project.ts';
import { createPrefix } from '../render/prefix.ts';
import { Printer, type PrinterOptions } from './printer.ts';
import { StopSignals } from './stop-signals.ts';

/** What is followed, and how it is shown. */
export interface FollowLogsOptions {
  /** How many lines of each come first. */
  readonly lines: number;
  readonly since?: string | undefined;
  readonly kind: OutputKind;
  readonly timestamps?: true | undefined;
  readonly json?: true | undefined;
}

/** As wide as a time. */
const UNKNOWN_TIME = '-'.padEnd(new Date(0).toISOString().length);

/**
 * Follows the tasks that are asked for by name or glob, or all, and those that come later and match.
 * @throws TaskError `TASK_NOT_FOUND` for a name that nothing tells of
 */
export async function followLogs(cli: Cli, project: Project, asked: readonly string[], options: FollowLogsOptions): Promise<number> {
  const { lines, since, kind } = options;
  const isGlob = asked.length === 0 || asked.some((name) => /[*?]/.test(name));
  const known = isGlob
    ? tasksOnDisk(
        project,
        asked.filter((name) => !/[*?]/.test(name)),
      )
    : tasksOnDisk(project, asked);
  const names = known.map(({ definition }) => definition.name).filter(toMatcher(asked));
  const signals = new StopSignals();
  const from = { tailLines: lines, ...(since === undefined ? {} : { time: since }) };
  const records = followOutputOnDisk(project.paths, isGlob ? toMatcher(asked) : names, { kind, from });
  try {
    const printing = new Printer(printerOptions(cli, names, isGlob, options)).print(records);
    void signals.first.then(() => records.return?.());
    await Promise.race([printing, signals.second.then(() => cli.hurry())]);
  } catch (error) {
    if (TaskError.is(error)) throw error;
    throw new TaskError('DATA_DIR_UNUSABLE', `the output cannot be followed: ${String(error)}`, { cause: error });
  } finally {
    signals.dispose();
  }
  return signals.received === null ? 0 : exitCodeOfSignal(signals.received);
}

function printerOptions({ out, err }: Cli, names: readonly string[], isGlob: boolean, options: FollowLogsOptions): PrinterOptions {
  const { kind, json, timestamps } = options;
  if (json !== undefined) {
    const toJson = (record: object): string => out.show(JSON.stringify(record));
    return { out, lineOf: toJson, gapOf: toJson, news: () => undefined };
  }
  const prefix = isGlob || names.length > 1 ? createPrefix(names, out.colors) : undefined;
  const time = ({ time: when }: OutputLine): string => `${out.colors.dim(when?.toISOString() ?? UNKNOWN_TIME)} `;
  return {
    out,
    // As `logs` shows them: those of the combined log behind their stream.
    lineOf: (line) =>
      `${prefix?.(line.task, 'stdout') ?? ''}${timestamps === undefined ? '' : time(line)}${kind === 'combined' ? `[${line.stream}] ` : ''}${out.show(line.text)}`,
    news: (task, text) => err.writeLine(`${task}: ${text}`),
  };
}
