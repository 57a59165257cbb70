/** Output of a daemon's tasks, line by line, taken up again where a connection broke. Keeps nothing but the place it is at. */
import { type Json, TaskError, type FollowOptions, type MomentInput, type OutputRecord } from '../../index.ts';
import { toText } from '../cursors.ts';
import { Backoff } from './backoff.ts';
import { toRecord } from './revive.ts';
import type { Query, Transport } from './transport.ts';

/** How long to wait for the daemon, or for the one that comes after it. */
const MAX_WAIT_MS = 30_000;

/** What is followed, asked for at once. */
export interface RemoteFollowing {
  /** Resolves once everything that is written from now on will be given, or it is known that nothing will. */
  readonly begun: Promise<unknown>;
  readonly records: AsyncIterableIterator<OutputRecord>;
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
  const query: Query = { follow: 'true', kind, ...(isOne ? {} : { task: toTasks(names) }), ...toQuery(from) };
  const end = endOf(signal);
  const open = (after?: string): Promise<Messages> =>
    transport.stream({ path, query: after === undefined ? query : { ...query, ...NO_START, after }, signal: end.signal });
  const first = open();
  const begun = first.catch(() => undefined); // told to whoever reads
  const reading = { isClosed: () => transport.isClosed, end: end.signal, onCaughtUp };
  return { begun, records: new Records(readAll(first, open, reading), end.now) };
}

/** Told again, they would count from the moment of the break. */
const NO_START: Query = { from: undefined, since: undefined, tail: undefined, offset: undefined };

interface Reading extends Pick<FollowOptions, 'onCaughtUp'> {
  readonly isClosed: () => boolean;
  readonly end: AbortSignal;
}

/** Takes a stream up again where it broke off, after the last record that came of it. */
async function* readAll(
  first: Promise<Messages>,
  reopen: (after: string) => Promise<Messages>,
  { isClosed, end, onCaughtUp }: Reading,
): AsyncGenerator<OutputRecord, undefined> {
  let last: string | undefined;
  for (const backoff = new Backoff(); ; await backoff.wait(end)) {
    try {
      for await (const { event, data, id } of await (last === undefined ? first : reopen(last))) {
        backoff.reset();
        if (event === 'caughtUp') {
          const { task, runId } = JSON.parse(data) as { readonly task: string; readonly runId: string };
          onCaughtUp?.(task, runId);
        } else if (event === 'records') for (const record of JSON.parse(data) as Json<OutputRecord>[]) yield toRecord(record);
        last = id ?? last;
      }
      return undefined;
    } catch (error) {
      if (isClosed()) return undefined;
      if (last === undefined || !isPassing(error) || backoff.waitedMs > MAX_WAIT_MS) throw error;
    }
  }
}

/** The daemon is gone, or going with its tasks kept; or does not know yet that a stream of ours broke, and counts it. */
const isPassing = (error: unknown): boolean =>
  TaskError.is(error) && ['DAEMON_UNREACHABLE', 'RUNNER_CLOSED', 'LIMIT_REACHED'].includes(error.code);

/** Records that end at once when whoever reads them says so, also while the next one is waited for and before the first was. */
class Records implements AsyncIterableIterator<OutputRecord> {
  readonly #records: AsyncGenerator<OutputRecord, undefined>;
  readonly #end: () => void;
  #isOver = false;

  constructor(records: AsyncGenerator<OutputRecord, undefined>, end: () => void) {
    this.#records = records;
    this.#end = end;
  }

  async next(): Promise<IteratorResult<OutputRecord, undefined>> {
    try {
      const result = await this.#records.next();
      if (result.done === true) this.#end();
      return result;
    } catch (error) {
      this.#end();
      if (this.#isOver) return { done: true, value: undefined };
      throw error;
    }
  }

  async return(): Promise<IteratorResult<OutputRecord, undefined>> {
    this.#isOver = true;
    this.#end();
    await this.#records.return(undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** An end of our own that a caller's signal brings about, too, and which leaves nothing on that. */
function endOf(outer: AbortSignal | undefined): { readonly signal: AbortSignal; readonly now: () => void } {
  const controller = new AbortController();
  const follow = (): void => controller.abort(outer?.reason);
  if (outer?.aborted === true) follow();
  outer?.addEventListener('abort', follow, { once: true });
  const now = (): void => {
    outer?.removeEventListener('abort', follow);
    controller.abort();
  };
  return { signal: controller.signal, now };
}

function toQuery(from: FollowOptions['from']): Query {
  if (from === undefined || typeof from === 'string') return { from };
  if ('after' in from) {
    if (typeof from.after === 'number') return { after: String(from.after) };
    const places = [from.after].flat();
    return places.length === 0 ? { from: 'start' } : { after: places.map(toText).join(',') };
  }
  if ('offset' in from) return { offset: from.offset };
  const { time, tailLines } = from;
  return { since: time === undefined ? undefined : toMoment(time), tail: tailLines === undefined ? undefined : toCount(tailLines) };
}

/** Names in an address; none are an empty one, since without one all are meant. */
export function toTasks(names: string | readonly string[] | undefined): string | readonly string[] | undefined {
  if (names === '*' || names === undefined) return undefined;
  return names.length === 0 ? '' : [names].flat();
}

/** A number of lines in an address. */
export const toCount = (count: number): string => (count === Infinity ? 'all' : String(count));

/** A moment in an address. */
export const toMoment = (moment: MomentInput): string => (typeof moment === 'string' ? moment : new Date(moment).toISOString());
