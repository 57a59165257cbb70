/** Output as it comes, as server-sent events: resumable from the first one on, batched, no faster than its reader. Reads no part of the past by itself. */
import { z } from '@hono/zod-openapi';
import { TaskError, type FollowFrom, type FollowOptions, type RunnerApi, type TaskInfo } from '../../index.ts';
import { Flag, toCount, type SelectionQuery } from '../contract/schemas.ts';
import { Cursors } from '../cursors.ts';
import { EndsOfRuns } from '../ends-of-runs.ts';
import { inBatches } from '../event-stream.ts';
import type { ApiContext } from './route.ts';

/**
 * Records sent together, and characters of their JSON after which no more are added. A line of 64 KiB of NULs has 384 KiB of them, and two
 * pieces may be under way: so a stream never holds more than 1 MiB.
 */
const MAX_BATCH_RECORDS = 1_000;
const MAX_BATCH_CHARS = 64 * 1024;

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

/** Answers with what is written, as it comes. */
export function follow({ runner, streams }: ApiContext, request: Request, names: string | string[], query: Following): Response {
  const isSingle =
    typeof names === 'string' && names !== '*' && (query.kind !== undefined || runner.getTask(names).definition.log.combined);
  const cursors = new Cursors(query.after ?? request.headers.get('last-event-id') ?? undefined, isSingle);
  return streams.answer(request, (signal) => {
    const ends = new EndsOfRuns();
    let begin: FollowOptions['onBegun'];
    const records = runner.follow(names, {
      from: cursors.from ?? startOf(query),
      signal,
      onBegun: (places) => begin?.(places),
      onCaughtUp: ends.reached,
      ...(query.kind === undefined ? {} : { kind: query.kind }),
    });
    return async (send) => {
      let told: Promise<void> | undefined;
      begin = (places) => {
        cursors.begin(places);
        told = send({ event: 'begun', json: '{}', id: cursors.id }); // who is cut off before the first line goes on from there
      };
      for await (const batch of inBatches(ends.records(records, send), MAX_BATCH_RECORDS, MAX_BATCH_CHARS)) {
        await told;
        for (const record of batch.items) cursors.note(record);
        await send({ event: 'records', json: batch.json, id: cursors.id });
        await ends.sent(batch.items.length);
      }
      await told;
      assertNotKept(runner, names, signal);
    };
  });
}

/** A runner that closes and keeps its tasks ends its followers all the same; what the tasks write then is to be had from the next one. */
function assertNotKept(runner: RunnerApi, names: string | readonly string[], signal: AbortSignal): void {
  const isKept = ({ definition, status }: TaskInfo): boolean =>
    status.state === 'running' && (names === '*' || [names].flat().includes(definition.name));
  if (!signal.aborted && runner.listTasks().some(isKept))
    throw new TaskError('RUNNER_CLOSED', 'the runner is closed and its tasks go on: follow them again once another one has them');
}

function startOf({ from, tail, since, offset }: Following): FollowFrom {
  if (offset !== undefined) return { offset: Number(offset) };
  const tailLines = toCount(tail);
  if (tailLines === undefined && since === undefined) return from ?? 'end';
  return { ...(tailLines === undefined ? {} : { tailLines }), ...(since === undefined ? {} : { time: since }) };
}
