/** Output of a daemon's tasks, line by line, taken up again where a connection broke. Keeps nothing but the place it is at. */
import { setTimeout as delay } from 'node:timers/promises';
import { TaskError, type FollowOptions, type MomentInput, type OutputCursor, type OutputRecord } from '../../index.ts';
import { toRecord, type Json } from './revive.ts';
import type { Query, Transport } from './transport.ts';

/** Attempts to take a stream up again, and the time between them. */
const MAX_RETRIES = 20;
const RETRY_MS = 250;

/** What is followed, asked for at once. */
export interface RemoteFollowing {
  /** Resolves once everything that is written from now on will be given, or it is known that nothing will. */
  readonly begun: Promise<unknown>;
  readonly records: AsyncGenerator<OutputRecord>;
}

type Messages = Awaited<ReturnType<Transport['stream']>>;

/** Follows one task by name, several, or all (`'*'`). */
export function followRemote(
  transport: Transport,
  names: string | readonly string[],
  { kind, from, signal, onCaughtUp }: FollowOptions,
): RemoteFollowing {
  const isOne = typeof names === 'string' && names !== '*';
  const path = isOne ? `/api/v1/tasks/${encodeURIComponent(names)}/output` : '/api/v1/output';
  const query: Query = { follow: 'true', kind, ...(isOne || names === '*' ? {} : { task: names }), ...toQuery(from) };
  const open = (after?: string): Promise<Messages> =>
    transport.stream({ path, query: after === undefined ? query : { ...query, after }, signal });
  const first = open();
  return { begun: first.catch(() => undefined), records: readAll(first, open, { signal, onCaughtUp }) };
}

/** Takes a stream up again where it broke off, after the last record that came of it. */
async function* readAll(
  first: Promise<Messages>,
  reopen: (after: string) => Promise<Messages>,
  { signal, onCaughtUp }: Pick<FollowOptions, 'signal' | 'onCaughtUp'>,
): AsyncGenerator<OutputRecord> {
  let last: string | undefined;
  for (let retries = 0; ; retries += 1) {
    try {
      for await (const { event, data, id } of await (last === undefined ? first : reopen(last))) {
        retries = 0;
        if (event === 'caughtUp') {
          const { task, runId } = JSON.parse(data) as { readonly task: string; readonly runId: string };
          onCaughtUp?.(task, runId);
          continue;
        }
        for (const record of JSON.parse(data) as Json<OutputRecord>[]) yield toRecord(record);
        last = id ?? last;
      }
      return;
    } catch (error) {
      const isBroken = TaskError.is(error) && error.code === 'DAEMON_UNREACHABLE';
      if (!isBroken || last === undefined || retries === MAX_RETRIES) throw error;
      await delay(RETRY_MS, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

function toQuery(from: FollowOptions['from']): Query {
  if (from === undefined || typeof from === 'string') return { from };
  if ('after' in from) return { after: typeof from.after === 'number' ? String(from.after) : [from.after].flat().map(toPlace).join(',') };
  if ('offset' in from) return { offset: from.offset };
  const { time, tailLines } = from;
  return { since: time === undefined ? undefined : toMoment(time), tail: tailLines === undefined ? undefined : toCount(tailLines) };
}

const toPlace = ({ task, stream, offset }: OutputCursor): string => `${task}:${stream}:${offset}`;

/** A number of lines in an address. */
export const toCount = (count: number): string => (count === Infinity ? 'all' : String(count));

/** A moment in an address. */
export const toMoment = (moment: MomentInput): string => (typeof moment === 'string' ? moment : new Date(moment).toISOString());
