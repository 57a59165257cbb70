/** The flags of `dirigent logs` that search, named after those of grep. Only read here. */
import { InvalidArgumentError, Option } from 'commander';
import { LogLevel, TaskError, parseDuration } from '../../index.ts';
import type { CliCommand } from '../command.ts';

/** The flags as they come. */
export interface GrepFlags {
  readonly grep?: string;
  readonly fixedStrings?: true;
  readonly ignoreCase?: true;
  readonly afterContext?: number;
  readonly beforeContext?: number;
  readonly context?: number;
  readonly count?: true;
  readonly maxCount?: number;
  readonly level?: LogLevel;
  readonly timeout?: number;
}

/** What is to be searched for. */
export interface Grep {
  readonly pattern: string;
  readonly literal: boolean;
  readonly ignoreCase: boolean;
  readonly before: number;
  readonly after: number;
  readonly countOnly: boolean;
  readonly level: LogLevel | undefined;
  /** The most matches of all tasks together. */
  readonly maxCount: number;
  readonly timeoutMs: number;
}

const HEADING = 'Search:';
const DEFAULT_TIMEOUT_MS = 10_000;

/** Adds the flags. */
export function addGrep(command: CliCommand): CliCommand {
  const options = [
    new Option('--grep <regex>', 'only lines that match, of the whole log, oldest first').conflicts('lines'),
    new Option('-F, --fixed-strings', 'take the pattern for the very text'),
    new Option('-i, --ignore-case', 'take upper and lower case for the same'),
    new Option('-A, --after-context <count>', 'lines to show after each match').argParser(toCount),
    new Option('-B, --before-context <count>', 'lines to show before each match').argParser(toCount),
    new Option('-C, --context <count>', 'both').argParser(toCount),
    new Option('--count', 'only how many lines match'),
    new Option('-m, --max-count <count>', 'stop after so many matches').argParser(toCount).conflicts('count'),
    new Option('--level <level>', 'only lines of JSON that are at least as serious').choices(LogLevel.options).conflicts('lines'),
    new Option('--timeout <duration>', 'how long to search (default: 10s)').argParser(toDuration),
  ];
  for (const option of options) command.addOption(option.helpGroup(HEADING));
  return command;
}

/**
 * What the flags ask for; undefined when they ask for no search.
 * @throws TaskError `ARGUMENT_INVALID` for a flag that means nothing without a search
 */
export function toGrep(flags: GrepFlags): Grep | undefined {
  const { grep, level, context = 0, maxCount = Infinity, timeout = DEFAULT_TIMEOUT_MS } = flags;
  if (grep === undefined && level === undefined) return refuseOthers(flags);
  return {
    pattern: grep ?? '',
    literal: flags.fixedStrings === true,
    ignoreCase: flags.ignoreCase === true,
    before: flags.beforeContext ?? context,
    after: flags.afterContext ?? context,
    countOnly: flags.count === true,
    level,
    maxCount,
    timeoutMs: timeout,
  };
}

const OTHERS: readonly (readonly [key: keyof GrepFlags, flag: string])[] = [
  ['fixedStrings', '--fixed-strings'],
  ['ignoreCase', '--ignore-case'],
  ['afterContext', '--after-context'],
  ['beforeContext', '--before-context'],
  ['context', '--context'],
  ['count', '--count'],
  ['maxCount', '--max-count'],
  ['timeout', '--timeout'],
];

function refuseOthers(flags: GrepFlags): undefined {
  const lonely = OTHERS.find(([key]) => flags[key] !== undefined);
  if (lonely !== undefined) throw new TaskError('ARGUMENT_INVALID', `${lonely[1]} needs --grep or --level: there is nothing to search for`);
}

function toCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('expected a whole number, 0 or more');
}

function toDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('expected a duration such as 500ms, 10s or 5m');
}
