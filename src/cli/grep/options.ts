/** What the search flags of `dirigent logs` ask for. Nothing here searches. */
import { TaskError, type LogLevel } from '../../index.ts';
import { toMilliseconds } from '../duration.ts';
import type { GrepFlags } from './flags.ts';

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

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * What the flags ask for; undefined when they ask for no search.
 * @throws TaskError `ARGUMENT_INVALID` for a flag that means nothing without a search, and for a time that is none
 */
export function toGrep(flags: GrepFlags): Grep | undefined {
  const { grep, level, context = 0, maxCount = Infinity, timeout } = flags;
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
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : toMilliseconds('--timeout', timeout),
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
