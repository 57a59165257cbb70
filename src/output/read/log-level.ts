/**
 * How serious a line of a structured log is: JSON as pino, bunyan, winston, zap, slog, logrus, log4j, Python and the cloud
 * loggers write it. Nothing here guesses from text: a line that is no JSON object has no level.
 */
import type { LogLevel } from '../../model/search.ts';

/** The numbers of pino and bunyan. */
const RANKS: Readonly<Record<LogLevel, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** Where loggers put the level. */
const KEYS = ['level', 'severity', 'lvl', 'log.level', '@level', 'levelname', 'loglevel'] as const;

/** Names that loggers give to levels, by the one they mean. */
const NAMES: Readonly<Record<LogLevel, readonly string[]>> = {
  trace: ['trace', 'silly', 'finest', 'all'],
  debug: ['debug', 'verbose', 'fine', 'finer'],
  info: ['info', 'information', 'informational', 'notice', 'http', 'config', 'default', 'success'],
  warn: ['warn', 'warning'],
  error: ['error', 'err', 'severe'],
  fatal: ['fatal', 'critical', 'crit', 'panic', 'dpanic', 'alert', 'emergency', 'emerg'],
};

const RANK_OF_NAME = new Map(Object.entries(NAMES).flatMap(([level, names]) => names.map((name) => [name, RANKS[level as LogLevel]])));

/** Syslog's severities, RFC 5424: 0 is the most serious. GELF and journald write them. */
const SYSLOG_RANKS = [60, 60, 60, 50, 40, 30, 30, 20] as const;

/** Whether a line is a JSON object whose level is `least` or more serious. */
export function isAtLevel(text: string, least: LogLevel): boolean {
  const rank = text.trimStart().startsWith('{') ? rankOf(text) : undefined;
  return rank !== undefined && rank >= RANKS[least];
}

function rankOf(text: string): number | undefined {
  let line: Readonly<Record<string, unknown>>;
  try {
    line = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined; // no JSON: that is the answer
  }
  for (const [key, value] of Object.entries(line)) {
    if (!(KEYS as readonly string[]).includes(key.toLowerCase())) continue;
    const rank = typeof value === 'number' ? rankOfNumber(value) : typeof value === 'string' ? rankOfName(value) : undefined;
    if (rank !== undefined) return rank;
  }
  return nestedRank(line);
}

/** Elastic's schema nests it: `{"log":{"level":"warn"}}`. */
function nestedRank({ log }: Readonly<Record<string, unknown>>): number | undefined {
  const level = typeof log === 'object' && log !== null ? (log as { readonly level?: unknown }).level : undefined;
  return typeof level === 'string' ? rankOfName(level) : undefined;
}

const rankOfNumber = (value: number): number | undefined => (value < 10 ? SYSLOG_RANKS[value] : value);

/** slog writes levels between as `WARN+2`, which is at least `WARN`; below it they are `INFO+1`. */
const rankOfName = (name: string): number | undefined => {
  const [, word = '', distance = '0'] = /^\s*([a-z]+)([+-]\d+)?\s*$/i.exec(name) ?? [];
  const rank = RANK_OF_NAME.get(word.toLowerCase());
  return rank === undefined ? undefined : rank + Number(distance);
};
