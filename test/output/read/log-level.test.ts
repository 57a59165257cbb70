/** Specification of levels: what each logger writes. Pure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLevel } from '../../../src/model/search.ts';
import { LogLevel as Levels } from '../../../src/model/search.ts';
import { isAtLevel } from '../../../src/output/read/log-level.ts';

const levelOf = (line: unknown): LogLevel | undefined => {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  return Levels.options.findLast((level) => isAtLevel(text, level));
};

const LINES: readonly (readonly [logger: string, line: unknown, level: LogLevel | undefined])[] = [
  ['pino', { level: 30, time: 1, msg: 'x' }, 'info'],
  ['pino with a level between', { level: 35, msg: 'x' }, 'info'],
  ['bunyan', { name: 'x', level: 60, v: 0 }, 'fatal'],
  ['winston', { level: 'silly', message: 'x' }, 'trace'],
  ['winston', { message: 'x', level: 'http' }, 'info'],
  ['zap', { level: 'dpanic', ts: 1.5 }, 'fatal'],
  ['slog', { time: '2026', level: 'WARN', msg: 'x' }, 'warn'],
  ['slog above a level', { level: 'ERROR+2' }, 'error'],
  ['slog below a level', { level: 'WARN-1' }, 'info'],
  ['logrus', { level: 'warning' }, 'warn'],
  ['log15', { lvl: 'eror' }, undefined],
  ['log15', { lvl: 'crit' }, 'fatal'],
  ['log4j', { level: 'FATAL', loggerName: 'x' }, 'fatal'],
  ['log4j for Elastic', { 'log.level': 'Error' }, 'error'],
  ['Elastic, nested', { log: { level: 'debug' } }, 'debug'],
  ['hclog', { '@level': 'trace' }, 'trace'],
  ['Python', { levelname: 'CRITICAL', levelno: 50 }, 'fatal'],
  ['Google Cloud', { severity: 'NOTICE' }, 'info'],
  ['GELF', { version: '1.1', level: 3 }, 'error'],
  ['syslog', { severity: 0 }, 'fatal'],
  ['java.util.logging', { level: 'SEVERE' }, 'error'],
  ['a level that is no level, and one that is', { level: { a: 1 }, severity: 'warn' }, 'warn'],
  ['an unknown name', { level: 'loud' }, undefined],
  ['an unknown number', { level: 8 }, undefined],
  ['no level', { msg: 'ERROR' }, undefined],
  ['blanks before', '  {"level":50}', 'error'],
  ['a list', [{ level: 50 }], undefined],
  ['text', 'level=error', undefined],
  ['a line that is cut', '{"level":50,"msg":"x', undefined],
  ['an empty line', '', undefined],
];

for (const [logger, line, level] of LINES) {
  test(`${logger}: ${typeof line === 'string' ? line : JSON.stringify(line)} is ${level ?? 'no level'}`, () => {
    assert.equal(levelOf(line), level);
  });
}
