/** The flags of `dirigent logs` that search, named after those of grep. Only defined here. */
import { Option } from 'commander';
import type { LogLevel } from '../../index.ts';
import { LOG_LEVELS } from '../choices.ts';
import type { CliCommand } from '../command.ts';
import { toCount } from '../count.ts';

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
  readonly timeout?: string;
}

const HEADING = 'Search:';
const toWhole = toCount('a whole number, 0 or more');

/** Adds the flags. */
export function addGrep(command: CliCommand): CliCommand {
  const options = [
    new Option('--grep <regex>', 'only lines that match, of the whole log, oldest first').conflicts('lines'),
    new Option('-F, --fixed-strings', 'take the pattern for the very text'),
    new Option('-i, --ignore-case', 'take upper and lower case for the same'),
    new Option('-A, --after-context <count>', 'lines to show after each match').argParser(toWhole),
    new Option('-B, --before-context <count>', 'lines to show before each match').argParser(toWhole),
    new Option('-C, --context <count>', 'both').argParser(toWhole),
    new Option('--count', 'only how many lines match'),
    new Option('-m, --max-count <count>', 'stop after so many matches').argParser(toWhole).conflicts('count'),
    new Option('--level <level>', 'only lines of JSON that are at least as serious').choices(LOG_LEVELS).conflicts('lines'),
    new Option('--timeout <duration>', 'how long to search (default: 10s)'),
  ];
  for (const option of options) command.addOption(option.helpGroup(HEADING));
  return command;
}
