/** Everything a run needs but its process: the pipes, and the log worker reading them. Starts nothing. */
import { closeSync } from 'node:fs';
import type { RemoteCapture } from '../output/capture/client.ts';
import type { FifoPool, Pipe } from './fifo-pool.ts';
import type { SpawnFailure, SpawnMessage } from './protocol.ts';
import { isTransient } from './spawn-failure.ts';

/** How long a start waits for descriptors, processes or memory to come free, and its steps. */
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1_000;
const RETRY_TIMES = 15;
/** How long the end of two pipes that nobody writes to may take to be seen. */
const LONGEST_END_MS = 5_000;

/** The pipes of stdout and stderr. */
export type Pipes = readonly [Pipe, Pipe];

/**
 * Opens both pipes, readies them to be read, and has it recorded that they are this run's. The log worker opens the logs on its thread
 * while this one writes the record. What fails leaves no descriptor open, so that it can be tried again.
 */
export async function openCapturedPipes(
  request: SpawnMessage,
  fifos: FifoPool,
  capture: RemoteCapture,
  record: (pipes: readonly string[]) => void,
): Promise<Pipes> {
  const pipes = await openPipes(fifos);
  const [out, err] = pipes;
  const { task, run, output } = request;
  const watches = request.watches?.filter((watch) => watch.kind === 'log') ?? [];
  const [attached, recorded] = await Promise.allSettled([
    capture.attach({
      ...output,
      task,
      run,
      stdoutFd: out.readFd,
      stderrFd: err.readFd,
      held: true,
      ...(watches.length === 0 ? {} : { watches }),
    }),
    (async () => record([out.name, err.name]))(),
  ]);
  if (attached.status === 'fulfilled' && recorded.status === 'fulfilled') return pipes;
  for (const pipe of pipes) closeSync(pipe.writeFd); // the read end was given away, also where it was refused
  if (attached.status === 'rejected') for (const pipe of pipes) fifos.release(pipe.name);
  // Nobody holds the other ends, so this is the end of both: they are given back then, and the run may be attached again.
  else await Promise.all([capture.begin(run), capture.drain(run, LONGEST_END_MS)]);
  throw recorded.status === 'rejected' ? recorded.reason : (attached as PromiseRejectedResult).reason;
}

async function openPipes(fifos: FifoPool): Promise<Pipes> {
  const out = await fifos.open();
  try {
    return [out, await fifos.open()];
  } catch (error) {
    closeSync(out.readFd);
    closeSync(out.writeFd);
    fifos.release(out.name);
    throw error;
  }
}

/** Tries again while the system is short of something that comes back, unless a stop is waiting. */
export async function whileTransient<T>(
  attempt: () => Promise<T>,
  explain: (error: unknown) => SpawnFailure,
  isStopping: () => boolean,
): Promise<T | SpawnFailure> {
  for (let tried = 1, delayMs = RETRY_FIRST_MS; ; tried += 1, delayMs = Math.min(delayMs * 2, RETRY_LONGEST_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const failure = explain(error);
      if (!isTransient(failure.code) || isStopping() || tried === RETRY_TIMES) return failure;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
