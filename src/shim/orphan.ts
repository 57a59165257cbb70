/** What it takes to go on with a process that another shim started: its pipes opened again, and its end found out. Decides nothing. */
import { closeSync } from 'node:fs';
import type { RemoteCapture } from '../output/capture/client.ts';
import { isRunning, type ProcessIdentity } from '../util/process-identity.ts';
import type { FifoPool } from './fifo-pool.ts';
import type { SpawnMessage } from './protocol.ts';

/** The kernel tells only a parent of an end, so the end of a process that lost its own is looked for. */
const LOOK_MS = 1_000;

/** Calls `ended` once the process is gone. */
export function watchEnd(process: ProcessIdentity, ended: () => void): void {
  const timer = setInterval(() => {
    if (isRunning(process)) return;
    clearInterval(timer);
    ended();
  }, LOOK_MS);
}

/**
 * Has the log worker read on where the one before it was. What that had read and not written is lost: at most one piece a stream.
 * @throws Error when the pipes or the logs cannot be opened
 */
export async function attachTaken(
  request: SpawnMessage,
  [stdout = '', stderr = '']: readonly string[],
  { capture, fifos }: { readonly capture: RemoteCapture; readonly fifos: FifoPool },
): Promise<void> {
  const { task, run, output } = request;
  const watches = request.watches?.filter((watch) => watch.kind === 'log') ?? [];
  const stdoutFd = fifos.reopen(stdout);
  let stderrFd: number;
  try {
    stderrFd = fifos.reopen(stderr);
  } catch (error) {
    closeSync(stdoutFd);
    throw error;
  }
  await capture.attach({ ...output, rotate: false, task, run, stdoutFd, stderrFd, ...(watches.length === 0 ? {} : { watches }) });
}
