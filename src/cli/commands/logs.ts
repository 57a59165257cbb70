/** `dirigent logs`: the last lines of tasks, from the files alone. On a terminal the text is made safe; elsewhere the bytes are what the files hold. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { OutputKind, readOutputOnDisk, type DirigentPaths } from '../../index.ts';
import type { CliCommand } from '../command.ts';
import type { Cli, Host } from '../host.ts';
import { loadProject, selectTasks, tasksOnDisk } from '../project.ts';
import { createPrefix, type Prefix } from '../render/prefix.ts';
import type { Sink } from '../sink.ts';

interface LogsOptions {
  readonly lines: number;
  readonly kind: OutputKind;
}

const DEFAULT_LINES = 100;
const NEWLINE = 0x0a;

/** Adds the verb. */
export function addLogs(program: CliCommand, host: Host): void {
  program
    .command('logs')
    .summary('prints the last lines of tasks')
    .description('Prints the last lines of tasks, running or not. Off a terminal, of one task, the very bytes of its log.')
    .argument('<task...>', 'names or globs')
    .option('-n, --lines <count>', 'how many lines of each, or "all"', toCount, DEFAULT_LINES)
    .addOption(new Option('--kind <kind>', 'which log').choices(OutputKind.options).default('combined'))
    .withExamples(
      ['dirigent logs web -n 20', 'the last 20 lines of one task'],
      ['dirigent logs web --kind stderr -n all > errors.txt', 'its errors, byte by byte'],
    )
    .action((names: string[], options: LogsOptions, command: CliCommand) => host.run(command, (cli) => logs(cli, names, options)));
}

function toCount(text: string): number {
  if (text === 'all') return Infinity;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('expected a whole number of lines, 0 or more, or "all"');
}

async function logs(cli: Cli, asked: readonly string[], { lines, kind }: LogsOptions): Promise<number> {
  const project = await loadProject(cli);
  const names = selectTasks(tasksOnDisk(project, []), asked).map(({ definition }) => definition.name);
  const prefix = names.length > 1 ? createPrefix(names, cli.out.colors) : undefined;
  for (const name of names) {
    const bytes = await readOutputOnDisk(project.paths, name, kind, lines);
    tellWhatIsMissing(cli, project.paths, name, kind, lines, bytes.length);
    await print(cli.out, bytes, name, prefix);
    if (cli.out.failure !== null) break;
  }
  return 0;
}

/** Not a word on stdout: whoever asked for bytes gets no others. */
function tellWhatIsMissing({ err }: Cli, paths: DirigentPaths, name: string, kind: OutputKind, lines: number, shown: number): void {
  if (lines === 0) return;
  if (shown === 0) err.writeLine(`${name} has no output in ${kind}.log`);
  const kept = lines === Infinity ? bytesOnDisk(paths, name, kind) : 0;
  if (kept > shown) err.writeLine(`${name}: the last ${shown} of ${kept} bytes; all of them are in ${paths.taskDir(name)}`);
}

function bytesOnDisk(paths: DirigentPaths, name: string, kind: OutputKind): number {
  const dir = paths.taskDir(name);
  const files = readdirSync(dir).filter((file) => file === `${kind}.log` || file.startsWith(`${kind}.log.`));
  // A file that is rotated away between the two calls is none of what is kept.
  return files.reduce((sum, file) => sum + (statSync(join(dir, file), { throwIfNoEntry: false })?.size ?? 0), 0);
}

async function print(out: Sink, bytes: Uint8Array, name: string, prefix: Prefix | undefined): Promise<void> {
  if (prefix === undefined && !out.isTerminal) out.write(bytes);
  else out.write(Buffer.concat(linesOf(bytes).flatMap((line) => [Buffer.from(prefix?.(name, 'stdout') ?? ''), showBytes(out, line), END])));
  await out.flush();
}

const END = Buffer.from('\n');

/** Lines without their newlines; what follows the last newline is a line too, unless it is empty. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** Bytes that are no UTF-8 reach a file as they are; a terminal shows their replacement. */
const showBytes = (out: Sink, line: Uint8Array): Uint8Array =>
  out.isTerminal ? Buffer.from(out.show(new TextDecoder().decode(line))) : line;
