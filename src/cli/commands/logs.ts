/** `dirigent logs` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { LogsOptions } from '../actions/logs.ts';
import { DEFAULT_LINES, OUTPUT_KINDS } from '../choices.ts';
import type { CliCommand } from '../command.ts';
import { toCount } from '../count.ts';
import { addGrep } from '../grep/flags.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addLogs(program: CliCommand, host: VerbHost): void {
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
      toLines,
    )
    .option('--since <time>', 'only lines from then on')
    .option('--until <time>', 'only lines up to then')
    .option('--run <run>', 'only what one run wrote: "last" or 1, 2 for the one before and so on, or an id of "dirigent runs"')
    .addOption(new Option('--kind <kind>', 'which log').choices(OUTPUT_KINDS).default('combined'))
    .option('-t, --timestamps', 'put before each line when it came')
    .option('--verify', 'print nothing of it: say whether it is complete, or what is missing and where; exit code 1 then')
    .option('--rotate', 'print nothing of it: rotate the logs, as their size limit would; the daemon does it')
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
      ['dirigent logs web --rotate', 'begin new files, before a test'],
      ['dirigent logs web --since 09:00 --until 09:30 --json | jq -r \'select(.stream == "stderr").text\'', 'for a script'],
    )
    .action((names: string[], options: LogsOptions, command: CliCommand) =>
      host.run(command, async (cli) => {
        const { logs } = await import('../actions/logs.ts');
        return logs(cli, names, options, command.getOptionValueSource('kind') !== 'default');
      }),
    );
}

const toWhole = toCount('a whole number of lines, 0 or more, or "all"');

const toLines = (text: string): number => (text === 'all' ? Infinity : toWhole(text));
