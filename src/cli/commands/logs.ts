/** `dirigent logs`: what tasks wrote, from the files alone. On a terminal the text is made safe; elsewhere the bytes are what the files hold. */
import { InvalidArgumentError, Option } from 'commander';
import { OutputKind, TaskError, streamLinesOnDisk, streamOutputOnDisk, type DirigentPaths, type StreamOptions } from '../../index.ts';
import type { CliCommand } from '../command.ts';
import { followLogs } from '../foreground/follow-logs.ts';
import { addGrep, toGrep, type GrepFlags } from '../grep/options.ts';
import { searchLogs } from '../grep/search-logs.ts';
import type { Cli, Host } from '../host.ts';
import { loadProject, tasksOnDisk, type Project } from '../project.ts';
import { lineWriter } from '../render/logged-line.ts';
import { verifyLogs } from './logs-verify.ts';

interface LogsOptions extends GrepFlags {
  readonly follow?: true;
  readonly lines?: number;
  readonly kind: OutputKind;
  readonly since?: string;
  readonly until?: string;
  readonly run?: string;
  readonly timestamps?: true;
  readonly json?: true;
  readonly verify?: true;
}

const DEFAULT_LINES = 100;

/** Adds the verb. */
export function addLogs(program: CliCommand, host: Host): void {
  addGrep(program.command('logs'))
    .summary('prints what tasks wrote')
    .description(
      'Prints the last lines of tasks, running or not, or what they wrote in a time or a run; rotated and compressed files included. ' +
        'Off a terminal, of one task, the very bytes of its log.\n\n' +
        'A time is a duration ago (5m, 1.5h), the last time it was 14:30, or a date in ISO 8601, local unless it has a zone. ' +
        'Times are known to 100 ms, and right also when the clock was set meanwhile.\n\n' +
        'With --grep or --level all of that is searched: ends with 0 when a line matches, 1 when none does, 124 when the time was up.',
    )
    .argument('[task...]', 'names or globs; by default all')
    .option('-f, --follow', 'go on with what comes, of those that come later too, until Ctrl-C; needs no runner')
    .option(
      '-n, --lines <count>',
      `how many lines of each, from the end, or "all" (default: ${DEFAULT_LINES}, or all of a time or run)`,
      toCount,
    )
    .option('--since <time>', 'only lines from then on')
    .option('--until <time>', 'only lines up to then')
    .option('--run <run>', 'only what one run wrote: "last" or 1, 2 for the one before and so on, or an id of "dirigent runs"')
    .addOption(new Option('--kind <kind>', 'which log').choices(OutputKind.options).default('combined'))
    .option('-t, --timestamps', 'put before each line when it came')
    .option('--verify', 'print nothing of it: say whether it is complete, or what is missing and where; exit code 1 then')
    .option('--json', 'one JSON record a line: task, stream, text, time, offset, runId')
    .withExamples(
      ['dirigent logs web -n 20', 'the last 20 lines of one task'],
      ['dirigent logs -f', 'what all tasks say from now on, and the last 100 lines of each'],
      ['dirigent logs web db --since 5m -t', 'the last five minutes of two, with the time of each line'],
      ['dirigent logs backup --run 2', 'what the run before the last one said'],
      ['dirigent logs web --since 1h --grep "5[0-9]{2} /api" -C 2', 'the lines of an hour that match, with two lines around each'],
      ['dirigent logs "web-*" --level warn --count', 'how many lines of JSON are warnings or worse'],
      ['dirigent logs web --kind stderr -n all > errors.txt', 'its errors, byte by byte'],
      ['dirigent logs web --verify', 'whether its output is all there'],
      ['dirigent logs web --since 09:00 --until 09:30 --json | jq -r \'select(.stream == "stderr").text\'', 'for a script'],
    )
    .action((names: string[], options: LogsOptions, command: CliCommand) =>
      host.run(command, (cli) => logs(cli, names, options, command.getOptionValueSource('kind') !== 'default')),
    );
}

function toCount(text: string): number {
  if (text === 'all') return Infinity;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('expected a whole number of lines, 0 or more, or "all"');
}

/** @param isAsked whether the kind was asked for */
async function logs(cli: Cli, asked: readonly string[], options: LogsOptions, isAsked: boolean): Promise<number> {
  const grep = toGrep(options);
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
