/** Output as it comes, as server-sent events: resumable from the first one on, batched, no faster than its reader. Reads no part of the past by itself. */
import { z } from '@hono/zod-openapi';
import { TaskError, type FollowFrom, type FollowOptions, type RunnerApi, type TaskInfo } from '../../index.ts';
import { Flag, toCount, type SelectionQuery } from '../contract/schemas.ts';
import { Cursors } from '../cursors.ts';
import { EndsOfRuns } from '../ends-of-runs.ts';
import { inBatches, type Send } from '../../web/event-stream.ts';
import { LogSource, MAX_BATCH_CHARS, MAX_BATCH_RECORDS, type OpenLog } from '../log-source.ts';
import type { ApiContext } from './route.ts';

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
export function follow({ runner, streams, follows }: ApiContext, request: Request, names: string | string[], query: Following): Response {
  const isSingle =
    typeof names === 'string' && names !== '*' && (query.kind !== undefined || runner.getTask(names).definition.log.combined);
  const cursors = new Cursors(query.after ?? request.headers.get('last-event-id') ?? undefined, isSingle);
  const from = cursors.from ?? startOf(query);
  const kind = query.kind === undefined ? {} : { kind: query.kind };
  return streams.answer(request, (signal) => {
    const open: OpenLog = (after, options) => runner.follow(names, { from: after === undefined ? from : { after }, ...kind, ...options });
    const share = (source: LogSource): AsyncIterable<Uint8Array> =>
      follows.follow(`${query.kind ?? 'combined'} ${[names].flat().join()}`, source, open, signal);
    const produce = isSingle ? sendOne(open, cursors, share) : sendSeveral(open, cursors, signal);
    return async (send) => {
      await produce(send);
      assertNotKept(runner, names, signal);
    };
  });
}

type Produce = (send: Send) => Promise<void>;

/** One log, read together with others who are at the same place. */
function sendOne(open: OpenLog, cursors: Cursors, share: (source: LogSource) => AsyncIterable<Uint8Array>): Produce {
  const source = new LogSource(open, undefined, (places) => {
    cursors.begin(places);
    return cursors.id;
  });
  return async (send) => {
    for await (const bytes of share(source)) await send(bytes);
  };
}

function sendSeveral(open: OpenLog, cursors: Cursors, signal: AbortSignal): Produce {
  const ends = new EndsOfRuns();
  let begin: NonNullable<FollowOptions['onBegun']> = () => undefined;
  const records = open(undefined, { signal, onBegun: (places) => begin(places), onCaughtUp: ends.reached });
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
  };
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
