/** What the server tells of actors, kept up to date and asked for. Shows nothing. */
import type { Line } from '../../trace/frame.ts';
import type { MachineGraph } from '../../trace/graph.ts';
import type { Layout } from '../../trace/layout.ts';
import { parseRecording } from '../../trace/recording.ts';
import { ask, askFor } from '../server/ask.ts';
import { byFrame } from '../server/by-frame.ts';
import { keepReading } from '../server/stream.ts';
import type { Inspection } from './inspection.ts';

/** Who hears of the connection. */
export interface Listening {
  readonly signal: AbortSignal;
  readonly onOpen?: () => void;
  readonly onLost?: () => void;
}

/** Gives an inspection what happens, until it is aborted. @throws Refusal where there is no sense in trying again */
export async function follow(inspection: Inspection, { signal, onOpen, onLost }: Listening): Promise<void> {
  const gathering = byFrame<readonly Line[]>((parts) => inspection.push(parts.flat()));
  await keepReading({
    path: 'inspector',
    signal,
    ...(onOpen === undefined ? {} : { onOpen }),
    ...(onLost === undefined ? {} : { onLost }),
    onEvent: ({ data }) => gathering.add(JSON.parse(data) as readonly Line[]),
  });
}

/** Gives an inspection the one recording that a server shows. @throws Refusal or RecordingError */
export async function load(inspection: Inspection, signal: AbortSignal): Promise<void> {
  const response = await askFor('GET', 'inspector/recording', { query: { format: 'ndjson' }, signal });
  inspection.push(parseRecording(await response.text()));
}

/** Lays out a machine. */
export const layOut = (graph: MachineGraph): Promise<Layout> => ask<Layout>('POST', 'inspector/layout', { body: { graph } });

/** Sends an actor an event. */
export async function send(actor: string, event: { readonly type: string }): Promise<void> {
  await askFor('POST', 'inspector/send', { body: { actor, event } });
}

/** What is saved. */
export interface Excerpt {
  readonly format: 'ndjson' | 'html';
  /** An actor with its descendants; all when absent. */
  readonly actor?: string | undefined;
  /** How far back, such as `10m`; as far as there is when absent. */
  readonly last?: string | undefined;
}

/** Asks for a recording. */
export async function fetchRecording({ format, actor, last }: Excerpt): Promise<Blob> {
  const response = await askFor('GET', 'inspector/recording', { query: { format, actor, last } });
  return response.blob();
}
