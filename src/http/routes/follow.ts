/** Output as it comes, as server-sent events: resumable from the first one on, batched, no faster than its reader. Reads no part of the past by itself. */
import { z } from '@hono/zod-openapi';
import { TaskError, type FollowFrom, type FollowOptions, type OutputRecord, type RunnerApi, type TaskInfo } from '../../index.ts';
import { Flag, toCount, type SelectionQuery } from '../contract/schemas.ts';
import { Cursors } from '../cursors.ts';
import { EndsOfRuns } from '../ends-of-runs.ts';
import { inBatches } from '../event-stream.ts';
import type { ApiContext } from './route.ts';

/** Records sent together, and characters of their text, at most. */
const MAX_BATCH_RECORDS = 1_000;
const MAX_BATCH_CHARS = 256 * 1024;

/** How to follow. */
export const FollowQuery = z.object({
  follow: Flag.optional().meta({ description: 'Server-sent events; their id is where to go on, in Last-Event-ID or after.' }),
  after: z.string().max(60_000).optional().meta({ description: 'Where an earlier stream ended: the id of its last event.' }),
  from: z.enum(['start', 'end']).optional(),
  offset: z
    .string()
    .regex(/^\d{1,16}$/)
    .optional()
    .meta({ description: 'Begin with the line at this offset, of one log.' }),
});
type Following = z.infer<typeof FollowQuery> & z.infer<typeof SelectionQuery> & { readonly tail?: string | undefined };

type Answering = Parameters<ApiContext['streams']['answer']>[0];

/** Answers with what is written, as it comes. */
export function follow({ runner, streams }: ApiContext, c: Answering, names: string | string[], query: Following): Response {
  const isSingle =
    typeof names === 'string' && names !== '*' && (query.kind !== undefined || runner.getTask(names).definition.log.combined);
  const cursors = new Cursors(query.after ?? c.req.header('last-event-id'), isSingle);
  const gone = new AbortController();
  const ends = new EndsOfRuns();
  let begin: FollowOptions['onBegun'];
  const records = runner.follow(names, {
    from: cursors.from ?? startOf(query),
    signal: gone.signal,
    onBegun: (places) => begin?.(places),
    onCaughtUp: ends.reached,
    ...(query.kind === undefined ? {} : { kind: query.kind }),
  });
  return streams.answer(c, async (send, signal) => {
    signal.addEventListener('abort', () => gone.abort(signal.reason), { once: true });
    let told: Promise<void> | undefined;
    begin = (places) => {
      cursors.begin(places);
      told = send({ event: 'begun', data: {}, id: cursors.id }); // who is cut off before the first line goes on from there
    };
    for await (const batch of inBatches(ends.records(records, send), MAX_BATCH_RECORDS, lengthOf, MAX_BATCH_CHARS)) {
      await told;
      for (const record of batch) cursors.note(record);
      await send({ event: 'records', data: batch, id: cursors.id });
      await ends.sent(batch.length);
    }
    await told;
    assertNotKept(runner, names, signal);
  });
}

/** A runner that closes and keeps its tasks ends its followers all the same; what the tasks write then is to be had from the next one. */
function assertNotKept(runner: RunnerApi, names: string | readonly string[], signal: AbortSignal): void {
  const isKept = ({ definition, status }: TaskInfo): boolean =>
    status.state === 'running' && (names === '*' || [names].flat().includes(definition.name));
  if (!signal.aborted && runner.listTasks().some(isKept))
    throw new TaskError('RUNNER_CLOSED', 'the runner is closed and its tasks go on: follow them again once another one has them');
}

const lengthOf = (record: OutputRecord): number => ('text' in record ? record.text.length : 0);

function startOf({ from, tail, since, offset }: Following): FollowFrom {
  if (offset !== undefined) return { offset: Number(offset) };
  const tailLines = toCount(tail);
  if (tailLines === undefined && since === undefined) return from ?? 'end';
  return { ...(tailLines === undefined ? {} : { tailLines }), ...(since === undefined ? {} : { time: since }) };
}
