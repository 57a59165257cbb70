/**
 * What can be asked of actors that are looked at, whoever serves it: what they do, what they did, and to send them something. Made of a hub; it
 * listens nowhere.
 */
import type { EventObject } from 'xstate';
import { TaskError } from '../errors.ts';
import type { Line } from '../trace/frame.ts';
import { Hub, type HubOptions } from './hub.ts';
import { cutRecording, type Recorded, type RecordingOptions } from './recordings.ts';

/** Actors that are looked at. */
export class Inspection extends Hub implements Recorded {
  /** @param name what is looked at */
  constructor(name: string, options: Omit<HubOptions, 'source'>) {
    super({ ...options, source: { name, pid: process.pid, node: process.version } });
  }

  /** What was kept, as a recording, with the drawings of its machines. */
  recording(options?: RecordingOptions): Promise<readonly Line[]> {
    const { ring } = this;
    const hello = ring.atStart();
    return cutRecording([hello, ...(ring.after(hello.n, Infinity) ?? [])], Date.now(), options);
  }

  /**
   * Sends an event to an actor, as if somebody outside its system had.
   * @throws TaskError `ARGUMENT_INVALID` for an event of XState's own, or where no actor that lives has this session id
   */
  sendTo(session: string, event: EventObject): void {
    // Those would make it believe what did not happen.
    if (event.type === '' || event.type.startsWith('xstate.'))
      throw new TaskError('ARGUMENT_INVALID', `event: type: expected one of your own, got ${JSON.stringify(event.type)}`);
    if (!this.send(session, event)) throw new TaskError('ARGUMENT_INVALID', `actor: no actor ${JSON.stringify(session)} is running`);
  }
}
