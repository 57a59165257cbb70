/** Answers about actors, for whatever serves them: a stream of what they do, a recording, a drawing, an event on its way. Checks no right. */
import { z } from 'zod';
import { TaskError } from '../errors.ts';
import { parseDuration } from '../model/quantity.ts';
import type { MachineGraph } from '../trace/graph.ts';
import { formatRecording } from '../trace/recording.ts';
import type { Send, Streams } from '../web/event-stream.ts';
import { SAFE_HEADERS } from '../web/problem.ts';
import { wholeAnswer } from '../web/whole-answer.ts';
import { layOut } from './chart/layout.ts';
import type { Inspection } from './inspection.ts';
import type { Recorded } from './recordings.ts';
import { toRecordingPage } from './recording-page.ts';

/** What a stream is narrowed by. */
export const FramesQuery = z.strictObject({ actor: z.string().min(1).max(500).optional() });

/** What a recording is narrowed by, and how it comes. */
export const RecordingQuery = FramesQuery.extend({
  format: z.enum(['ndjson', 'html']).default('ndjson'),
  last: z.string().max(20).optional(),
});

/** An event for an actor. */
export const SendBody = z.strictObject({
  actor: z.string().min(1).max(500),
  event: z.looseObject({ type: z.string().min(1).max(500) }),
});

const Transition = z.looseObject({
  id: z.string(),
  source: z.string(),
  targets: z.array(z.string()),
  event: z.string(),
  kind: z.enum(['event', 'after', 'always', 'done', 'error']),
  label: z.string(),
  guard: z.string().nullable(),
  actions: z.array(z.string()),
  reenter: z.boolean(),
  description: z.string().nullable(),
});

/** Bodies are of bounded depth, so this ends. */
const Node: z.ZodType<MachineGraph['root']> = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    key: z.string(),
    type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']),
    initial: z.string().nullable(),
    tags: z.array(z.string()),
    description: z.string().nullable(),
    entry: z.array(z.string()),
    exit: z.array(z.string()),
    invokes: z.array(z.looseObject({ id: z.string(), src: z.string() })),
    children: z.array(Node),
  }),
);

const Graph = z.looseObject({ id: z.string(), root: Node, transitions: z.array(Transition) });

/** A machine that is to be drawn, by its outline; the whole of it is checked when it is drawn. */
export const LayoutBody = z.strictObject({
  graph: z.looseObject({
    id: z.string(),
    root: z.looseObject({ id: z.string() }),
    transitions: z.array(z.looseObject({ id: z.string() })),
  }),
});

/** The stream of what actors do: batches of lines, each under an id by which a reader that comes back goes on. */
export const answerFrames = (inspection: Inspection, streams: Streams, request: Request, query: z.infer<typeof FramesQuery>): Response =>
  streams.answer(request, (signal) => {
    const watch = inspection.watch({ actor: query.actor, after: request.headers.get('last-event-id') ?? undefined });
    signal.addEventListener('abort', () => watch.close(), { once: true });
    return async (send: Send): Promise<void> => {
      try {
        for (;;) {
          const { lines, id } = watch.take();
          if (lines.length > 0) await send({ event: 'frames', json: JSON.stringify(lines), id });
          else if (watch.isClosed) return;
          await watch.more();
        }
      } finally {
        watch.close();
      }
    };
  });

/** A recording of what was kept. @throws TaskError `ARGUMENT_INVALID` for a `last` that is no duration */
export async function answerRecording(recorded: Recorded, { actor, format, last }: z.infer<typeof RecordingQuery>): Promise<Response> {
  const lastMs = last === undefined ? undefined : parseDuration(last);
  if (last !== undefined && lastMs === undefined)
    throw new TaskError('ARGUMENT_INVALID', `last: expected a duration such as 10m, got ${JSON.stringify(last)}`);
  const lines = await recorded.recording({ actor, lastMs });
  const isPage = format === 'html';
  const text = isPage ? await toRecordingPage(lines) : formatRecording(lines);
  const type = isPage ? 'text/html; charset=utf-8' : 'application/x-ndjson';
  const name = `recording-${new Date().toISOString().replace(/[:.]/g, '-')}.${format}`;
  return wholeAnswer(text, 200, { ...SAFE_HEADERS, 'content-type': type, 'content-disposition': `attachment; filename="${name}"` });
}

/** Where the parts of a machine are drawn. @throws TaskError `ARGUMENT_INVALID` for what is no machine, and as `layOut` */
export async function answerLayout({ graph }: z.infer<typeof LayoutBody>): Promise<Response> {
  const { data, error } = Graph.safeParse(graph);
  if (error === undefined) return answerJson(await layOut(data));
  const [issue] = error.issues;
  throw new TaskError('ARGUMENT_INVALID', `graph: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Sends an event. @throws TaskError `FORBIDDEN` where nothing may be sent, `ARGUMENT_INVALID` */
export function answerSend(inspection: Inspection, maySend: boolean, { actor, event }: z.infer<typeof SendBody>): Response {
  if (!maySend) throw new TaskError('FORBIDDEN', 'events may not be sent to actors here; the option allowSend allows it');
  inspection.sendTo(actor, event);
  return answerJson({ sent: true });
}

const answerJson = (value: unknown): Response =>
  wholeAnswer(JSON.stringify(value), 200, { ...SAFE_HEADERS, 'content-type': 'application/json' });
