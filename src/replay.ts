/** A recording replayed by the machines as they are now, or shown in the page. No process is started, and no file is read or written. */
import type { AnyStateMachine } from 'xstate';
import { probeMachine } from '../machines/probe.machine.ts';
import { taskMachine } from '../machines/task.machine.ts';
import { TaskError } from './errors.ts';
import { cutRecording } from './inspector/recordings.ts';
import type { ServedSite, SiteOptions } from './inspector/site-server.ts';
import { readRecording } from './replay/read.ts';
import { replay, type ActorReplay } from './replay/replay.ts';

/** The machines that decide by what they hear alone. The supervisor's also looks at its tasks, whose snapshots no recording holds. */
const MACHINES: Readonly<Record<string, AnyStateMachine>> = { task: taskMachine, probe: probeMachine };

/** What a replay came to. */
export interface ReplayResult {
  /** Whether every machine does what it did. */
  readonly isEqual: boolean;
  /** Each actor that was replayed, in the order in which they came. */
  readonly actors: readonly ActorReplay[];
  /** What a reader should know of the recording, each a sentence. */
  readonly notes: readonly string[];
}

/**
 * Drives the machines of tasks and probes through a recording, from its first state on, and finds the first step of each at which they do something
 * else than was recorded.
 * @param text the recording, NDJSON as `dirigent record` writes it
 * @param label what it is called in messages
 * @throws TaskError `CONFIG_INVALID` for what is no recording of this version, and for one in which no such machine did anything
 */
export function replayRecording(text: string, label = 'recording'): ReplayResult {
  const { lines, notes } = readRecording(text, label);
  const actors = replay(lines, MACHINES);
  if (actors.length === 0) {
    throw new TaskError(
      'CONFIG_INVALID',
      `${label}: expected a recording in which a task of dirigent did something, got one of other actors, or of nothing`,
    );
  }
  return { isEqual: actors.every(({ difference }) => difference === null), actors, notes };
}

/**
 * Serves a recording, of whichever machines, in the page, on this machine. The process may end while it does.
 * @param label what it is called
 * @throws TaskError `CONFIG_INVALID` for what is no recording of this version; `ARGUMENT_INVALID`, `DATA_DIR_BUSY` for a port that is taken
 */
export async function serveRecording(text: string, label = 'recording', options: SiteOptions = {}): Promise<ServedSite> {
  const { serveSite } = await import('./inspector/site-server.ts'); // a server is a lot to load for what is rarely served
  const { lines } = readRecording(text, label);
  const endMs = lines.at(-1)?.t ?? 0;
  return serveSite({ title: label, maySend: false, recorded: { recording: (wanted) => cutRecording(lines, endMs, wanted) } }, options);
}
