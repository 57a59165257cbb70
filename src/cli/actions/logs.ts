/** `dirigent logs`: what tasks wrote, from the files alone. On a terminal the text is made safe; elsewhere the bytes are what the files hold. */
import { TaskError, streamLinesOnDisk, streamOutputOnDisk, type DirigentPaths, type OutputKind, type StreamOptions } from '../../index.ts';
import { DEFAULT_LINES } from '../choices.ts';
import { followLogs } from '../foreground/follow-logs.ts';
import type { GrepFlags } from '../grep/flags.ts';
import { toGrep } from '../grep/options.ts';
import { searchLogs } from '../grep/search-logs.ts';
import type { Cli } from '../host.ts';
import { loadProject, tasksOnDisk, type Project } from '../project.ts';
import { lineWriter } from '../render/logged-line.ts';
import { rotateLogs } from './logs-rotate.ts';
import { verifyLogs } from './logs-verify.ts';

/** Options of `logs`. */
export interface LogsOptions extends GrepFlags {
  readonly follow?: true;
  readonly lines?: number;
  readonly kind: OutputKind;
  readonly since?: string;
  readonly until?: string;
  readonly run?: string;
  readonly timestamps?: true;
  readonly json?: true;
  readonly verify?: true;
  readonly rotate?: true;
}

/** Prints what was asked for. @param isAsked whether the kind was asked for */
export async function logs(cli: Cli, asked: readonly string[], options: LogsOptions, isAsked: boolean): Promise<number> {
  const grep = toGrep(options);
  if (options.rotate === true) return rotateLogs(cli, asked, options);
  const project = await loadProject(cli);
  if (options.follow === true) return follow(cli, project, asked, options);
  const { paths } = project;
  const names = tasksOnDisk(project, asked).map(({ definition }) => definition.name);
  if (options.verify === true)
    return verifyLogs(cli, { paths, names, kind: isAsked ? options.kind : undefined, json: options.json === true });
  const selection = toSelection(options);
  const { kind, json, timestamps } = options;
  if (grep !== undefined) return searchLogs(cli, { paths, names, kind, selection, style: { json, timestamps } }, grep);
  for (const name of names) {
    const shown = await print(cli, { paths, name, names }, options, selection);
    if (!shown && selection.tailLines !== 0) cli.err.writeLine(`${name} has no output in ${options.kind}.log${ofThat(options)}`);
    if (cli.out.failure !== null) break;
  }
  return 0;
}

function follow(cli: Cli, project: Project, asked: readonly string[], options: LogsOptions): Promise<number> {
  const other = (['until', 'run', 'verify', 'grep', 'level'] as const).find((name) => options[name] !== undefined);
  if (other !== undefined) throw new TaskError('ARGUMENT_INVALID', `--follow goes on with what comes: leave out --${other}`);
  const { lines, since, kind, timestamps, json } = options;
  return followLogs(cli, project, asked, {
    lines: lines ?? (since === undefined ? DEFAULT_LINES : Infinity),
    since,
    kind,
    timestamps,
    json,
  });
}

function toSelection({ lines, since, until, run }: LogsOptions): StreamOptions {
  const parts = {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(run === undefined ? {} : { run }),
  };
  return { tailLines: lines ?? (Object.keys(parts).length > 0 ? Infinity : DEFAULT_LINES), ...parts };
}

const ofThat = ({ since, until, run }: LogsOptions): string =>
  since === undefined && until === undefined && run === undefined ? '' : ' of what was asked for';

interface Printed {
  readonly paths: DirigentPaths;
  readonly name: string;
  /** All that are printed. */
  readonly names: readonly string[];
}

/** @returns whether there was something to print */
async function print(cli: Cli, { paths, name, names }: Printed, options: LogsOptions, selection: StreamOptions): Promise<boolean> {
  const { kind, json, timestamps } = options;
  const isPlain = names.length === 1 && !cli.out.isTerminal && json === undefined && timestamps === undefined;
  const stretches = isPlain
    ? asBytes(streamOutputOnDisk(paths, name, kind, selection))
    : lineWriter(cli, { names, name, kind, json, timestamps })(streamLinesOnDisk(paths, name, kind, selection));
  let isEmpty = true;
  for await (const bytes of stretches) {
    isEmpty &&= bytes.length === 0;
    cli.out.write(bytes);
    await cli.out.flush();
    if (cli.out.failure !== null) break;
  }
  return !isEmpty;
}

/** Not a byte more or less than the log has. The block is used again for the next one, so what is written is a copy. */
async function* asBytes(blocks: AsyncIterable<{ readonly bytes: Buffer }>): AsyncGenerator<Buffer, void, void> {
  for await (const { bytes } of blocks) yield Buffer.from(bytes);
}
