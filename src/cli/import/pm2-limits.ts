/** When pm2 would restart, stop and limit an app, in our keys. Pure. */
import type { Table } from './imported.ts';
import { textOf } from './values.ts';

/** The longest that pm2 waits when its delays grow, and how long an app must live for them to begin anew, both from its sources. */
const PM2_LONGEST_BACKOFF = '15s';
const PM2_BACKOFF_RESET = '30s';

/** Keys about restarts, stops and memory. */
export function limitsOf(app: Table, notes: string[]): Table {
  return {
    ...restartOf(app),
    ...delaysOf(app, notes),
    ...cronOf(app['cron_restart'] ?? app['cron'], notes),
    ...memoryOf(app['max_memory_restart'], notes),
    // Otherwise a task that listens to pm2's signal alone would be killed.
    stop_signal: 'SIGINT',
    ...durationOf('stop_timeout', app['kill_timeout'], notes),
  };
}

function restartOf({ autorestart, stop_exit_codes: codes, max_restarts: most }: Table): Table {
  const list = (Array.isArray(codes) ? codes : codes === undefined ? [] : [codes]).map(Number).filter(Number.isInteger);
  // pm2 restarts after each end, also a good one, but for these codes.
  const restart = autorestart === false ? 'never' : list.length > 0 ? 'on-failure' : 'always';
  return {
    restart,
    ...(list.length > 0 ? { success_exit_codes: list } : {}),
    ...(Number.isInteger(most) ? { max_restarts: most } : {}),
  };
}

function delaysOf({ min_uptime: uptime, restart_delay: delay, exp_backoff_restart_delay: first }: Table, notes: string[]): Table {
  if (uptime !== undefined)
    notes.push('min_uptime is restart_reset: failures are counted within restart_window, however long each run lived');
  const reset = durationOf('restart_reset', uptime, notes);
  if (first !== undefined)
    return {
      ...durationOf('restart_delay', first, notes),
      restart_max_delay: PM2_LONGEST_BACKOFF,
      restart_reset: PM2_BACKOFF_RESET,
      ...reset,
    };
  // pm2's delay does not grow.
  return { ...durationOf('restart_delay', delay, notes), ...durationOf('restart_max_delay', delay, notes), ...reset };
}

function cronOf(cron: unknown, notes: string[]): Table {
  if (typeof cron !== 'string' || cron === '0') return {};
  notes.push('cron_restart is schedule: pm2 restarts the app then, and here it is also started when it does not run');
  return { schedule: cron, overlap: 'restart' };
}

const UNITS: Readonly<Record<string, string>> = { '': 'B', K: 'KiB', M: 'MiB', G: 'GiB' };
const MIB = 1024 * 1024;

function memoryOf(memory: unknown, notes: string[]): Table {
  if (memory === undefined) return {};
  const [, number, unit = ''] = /^(\d+)([KMG]?)B?$/i.exec(textOf(memory) ?? '') ?? [];
  const isEnough = number !== undefined && (unit !== '' || Number(number) >= MIB);
  if (isEnough) return { max_memory: `${number}${UNITS[unit.toUpperCase()] ?? 'B'}` };
  notes.push(`max_memory_restart = ${JSON.stringify(memory)} is not carried over: write max_memory, at least 1MiB`);
  return {};
}

/** pm2 takes milliseconds, as a number or text, and text such as 5s, 3m or 1h. */
function durationOf(key: string, value: unknown, notes: string[]): Table {
  if (value === undefined) return {};
  const [, number, unit] = /^(\d+)(|ms|s|m|h)$/.exec(textOf(value) ?? '') ?? [];
  if (number !== undefined && unit !== undefined) return { [key]: `${number}${unit || 'ms'}` };
  notes.push(`${key} is not set: ${JSON.stringify(value)} is no duration`);
  return {};
}
