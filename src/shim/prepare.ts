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

/** The pipes of stdout and stderr. */
export type Pipes = readonly [Pipe, Pipe];

/** Opens both pipes and has them read. What fails leaves no descriptor open, so that it can be tried again. */
export async function openCapturedPipes(request: SpawnMessage, fifos: FifoPool, capture: RemoteCapture): Promise<Pipes> {
  const [out, err] = await openPipes(fifos);
  try {
    const { task, run, output } = request;
    const watches = request.watches?.filter((watch) => watch.kind === 'log') ?? [];
    await capture.attach({
      ...output,
      task,
      run,
      stdoutFd: out.readFd,
      stderrFd: err.readFd,
      ...(watches.length === 0 ? {} : { watches }),
    });
    return [out, err];
  } catch (error) {
    for (const pipe of [out, err]) {
      closeSync(pipe.writeFd); // the read end is the log worker's, also where it refused
      fifos.release(pipe.name);
    }
    throw error;
  }
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
