/** How a task is asked whether it is ready, or still alive: the schema of `ready` and `alive`. Nothing here asks anything. */
import { z } from 'zod';
import { Duration } from './quantity.ts';
import { commandList, withoutNul } from './text.ts';

/** What a function that probes is given. */
export interface ProbeCheckContext {
  readonly task: string;
  /** Process id of the task's main process. */
  readonly pid: number;
  /** Aborted at the timeout, and when the task ends. */
  readonly signal: AbortSignal;
}

/** A probe in JavaScript: passes unless it throws or resolves with `false`. */
export type ProbeCheck = (context: ProbeCheckContext) => unknown;

const COUNT_HINT = 'expected a whole number from 1 to 1000';
const count = (fallback: number) => z.int(COUNT_HINT).min(1, COUNT_HINT).max(1_000, COUNT_HINT).default(fallback);

/** What linear time cannot do: lookaround and references back. */
const NOT_LINEAR = /\(\?<?[=!]|\\[1-9]|\\k</;
/** What JavaScript alone writes so, or RE2 bounds: code points in braces, a backspace, and repetitions above 1000. */
const NOT_RE2 = /\\u\{|\[\\b\]|\{(?:\d+,)?0*(?:[2-9]\d{3}|1\d\d[1-9]|1\d[1-9]\d|1[1-9]\d\d|\d{5,})/;

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false; // no regular expression: that is the answer
  }
}

const Address = withoutNul('an address').regex(
  /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]+):\d{1,5}$/,
  'expected an address such as 127.0.0.1:5432 or [::1]:5432',
);

const Url = withoutNul('a URL').refine(
  (text) => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol),
  'expected a URL that begins with http:// or https://',
);

const Pattern = withoutNul('a regular expression')
  .min(1, 'expected a regular expression, got an empty string')
  .max(1_000, 'expected a regular expression of at most 1000 characters')
  .refine(isRegExp, 'expected a regular expression')
  .refine(
    (text) => !NOT_LINEAR.test(text),
    'expected a regular expression without lookaround and references back, which have no bound in time',
  )
  .refine((text) => !NOT_RE2.test(text), 'expected a regular expression as RE2 takes it: without \\u{…}, [\\b] and repetitions above 1000');

/** What can be asked; a probe has exactly one. */
const TARGETS = {
  /** Answers a GET with a status from 200 to 399. */
  http: Url.optional(),
  /** `host:port`, takes a connection. */
  tcp: Address.optional(),
  /** A command, in the task's folder and environment, that exits with 0. */
  exec: commandList.optional(),
  /** A regular expression that a line of the output matches. */
  log: Pattern.optional(),
  /** A descriptor, open in the task, to which it writes a newline. */
  notifyFd: z.int('expected a number of a descriptor').min(3, 'expected 3 or more').max(255, 'expected at most 255').optional(),
  /** A function; in code alone. */
  check: z.custom<ProbeCheck>((value) => typeof value === 'function', 'expected a function').optional(),
};

/** Keys of a probe of which it has exactly one. */
export const PROBE_TARGETS = Object.keys(TARGETS) as readonly (keyof typeof TARGETS)[];

/** The keys of a probe. */
export const ProbeTable = z.strictObject(
  {
    ...TARGETS,
    /** From the end of one check to the next. */
    interval: Duration.prefault('1s'),
    /** After which a check has failed. */
    timeout: Duration.prefault('1s'),
    /** So many checks in a row must pass. */
    successes: count(1),
    /** So many in a row must fail. */
    failures: count(3),
    /** So long after the start of the process failures do not count. */
    startPeriod: Duration.prefault('0s'),
  },
  'expected a table such as { tcp = "127.0.0.1:5432" }',
);

/** A probe. */
export const Probe = ProbeTable.refine(
  (probe) => PROBE_TARGETS.filter((key) => probe[key] !== undefined).length === 1,
  'expected exactly one of http, tcp, exec, log and notify_fd',
);

/** A probe, as its author writes it. */
export type ProbeDefinition = z.input<typeof Probe>;

/** A probe, complete: durations in milliseconds. */
export type ResolvedProbe = z.output<typeof Probe>;
