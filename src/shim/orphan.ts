/** What it takes to go on with a process that another shim started: its pipes opened again, and its end found out. Decides nothing. */
import { closeSync } from 'node:fs';
import type { LogGap } from '../output/capture/api.ts';
import type { RemoteCapture } from '../output/capture/client.ts';
import { MAX_PIECE_BYTES } from '../output/capture/largest-piece.ts';
import { MEMORY_BYTES, OUTPUT_KINDS } from '../output/layout.ts';
import { isRunning, type ProcessIdentity } from '../util/process-identity.ts';
import type { FifoPool } from './fifo-pool.ts';
import type { FromShim, OutputPlan, SpawnMessage } from './protocol.ts';

/** What it takes to read on. */
export interface OrphanSurroundings {
  readonly capture: RemoteCapture;
  readonly fifos: FifoPool;
  send(message: FromShim): void;
}

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
 * Has the log worker read on where the one before it was. What that had read and not written is lost: at most one piece a stream, which is noted in the logs
 * and told.
 * @throws Error when the pipes or the logs cannot be opened
 */
export async function attachTaken(
  request: SpawnMessage,
  [stdout = '', stderr = '']: readonly string[],
  around: OrphanSurroundings,
): Promise<void> {
  const { task, run, output } = request;
  const { capture, fifos } = around;
  const maxBytes = mayBeMissing(output);
  const watches = request.watches?.filter((watch) => watch.kind === 'log') ?? [];
  const stdoutFd = fifos.reopen(stdout);
  let stderrFd: number;
  try {
    stderrFd = fifos.reopen(stderr);
  } catch (error) {
    closeSync(stdoutFd);
    throw error;
  }
  const gap = { maxBytes, reason: 'the companion process died' };
  await capture.attach({ ...output, rotate: false, task, run, stdoutFd, stderrFd, gap, ...(watches.length === 0 ? {} : { watches }) });
  for (const stream of OUTPUT_KINDS) {
    const bytes = maxBytes[stream];
    if (bytes !== undefined) around.send({ type: 'logGap', task, stream, maxBytes: bytes });
  }
}

/** What the shim that died can have read and not written; of output in memory, all that it kept. */
function mayBeMissing({ dir, combined }: OutputPlan): LogGap['maxBytes'] {
  const kept = dir === null ? MEMORY_BYTES : 0;
  const stream = MAX_PIECE_BYTES + kept;
  return { stdout: stream, stderr: stream, ...(combined ? { combined: 2 * MAX_PIECE_BYTES + kept } : {}) };
}
