/** What to do about a value that a schema refused. Only text comes out; a value of the environment never does. */
import { constants } from 'node:os';
import type { z } from 'zod';
import { DURATION_HINT, SIZE_HINT } from '../model/quantity.ts';
import { quote } from './got.ts';
import { didYouMean } from './keys.ts';
import type { PathPart } from './problems.ts';

/** A hint for a refused value, or undefined when the message says it all. */
export function hintFor(issue: z.core.$ZodIssue, value: unknown, path: readonly PathPart[]): string | undefined {
  const key = path[0];
  if (value === undefined) return path.length === 1 ? 'this key is required' : 'leave the key out, or give it a value';
  if (key === 'name' && path.length === 1) return 'choose a short name, such as "web" or "db.main"';
  if (key === 'listen') return listenHint(value);
  if (key === 'stopSignal' && typeof value === 'string') return signalHint(value);
  if (key === 'envInherit' && typeof value === 'string') return `write it as a list: [${quote(value)}]`;
  if (key === 'command' && Array.isArray(value)) return 'give the program as command and the rest as args';
  if (issue.message.includes(DURATION_HINT)) return 'the units are ms, s, m, h and d; a bare number means milliseconds';
  if (issue.message.includes(SIZE_HINT)) return 'the units are B, kB, MB, GB, KiB, MiB and GiB; a bare number means bytes';
  if (issue.code === 'invalid_value') return typeof value === 'string' ? didYouMean(value, issue.values.map(String)) : undefined;
  return typeHint(issue, value);
}

const listenHint = (value: unknown): string =>
  typeof value === 'string' && /[^:]:\d+$/.test(value)
    ? 'a host, or an IPv6 address in brackets, and a port from 1 to 65535'
    : 'give host and port; 127.0.0.1 is reached from this machine alone';

function signalHint(value: string): string {
  const names = Object.keys(constants.signals);
  const upper = value.toUpperCase();
  const full = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (names.includes(full)) return `write it ${quote(full)}`;
  return didYouMean(full, names) ?? 'on this system: kill -l lists them';
}

function typeHint(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  const expected = issue.code === 'invalid_type' ? issue.expected : undefined;
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return `write ${value} without quotes`;
  if (expected === 'array' && typeof value === 'string') return `write it as a list: [${quote(value)}]`;
  const takesText = expected === 'string' || issue.code === 'invalid_union';
  if (takesText && (typeof value === 'number' || typeof value === 'boolean')) return `write it as a string: "${value}"`;
  return undefined;
}
