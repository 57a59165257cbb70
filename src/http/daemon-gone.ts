/** Whether a daemon is still there, or another one in its place: one stream of its events, taken up again. Tells nothing of what they say. */
import { setTimeout as delay } from 'node:timers/promises';
import { TaskError } from '../index.ts';
import { Transport } from './client/transport.ts';

/** Between two looks. */
const REST_MS = 250;
/** Looks at nobody after which no other one is expected: where the daemon ended in order (for a takeover), and where it did not (its service manager may start it again). */
const LOOKS_AFTER_END = 40;
const LOOKS_AFTER_BREAK = 120;

/** Resolves when the daemon at a socket is gone for good, or the signal aborts. */
export async function daemonGone(socket: string, signal: AbortSignal): Promise<void> {
  const transport = new Transport({ socket });
  let left = LOOKS_AFTER_BREAK;
  try {
    while (left > 0) {
      const end = await watch(transport, signal);
      if (end === 'ended') left = LOOKS_AFTER_END;
      else left = end === 'broken' ? LOOKS_AFTER_BREAK : left - 1;
      await delay(REST_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    transport.close();
  }
}

/** How a daemon was left. */
async function watch(transport: Transport, signal: AbortSignal): Promise<'ended' | 'broken' | 'nobody'> {
  let isThere = false;
  try {
    const events = await transport.stream({ path: '/api/v1/events', signal });
    isThere = true;
    for await (const _ of events); // that it lives is all there is to hear
    return 'ended';
  } catch (error) {
    if (!TaskError.is(error)) throw error;
    return isThere ? 'broken' : 'nobody';
  }
}
