/** The start of one run's process: its pipes, the log worker on them, and the fork; tried again while the system is short of what comes back. Keeps nothing. */
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { RemoteCapture } from '../output/capture/client.ts';
import type { ExtraPipes } from './extra-pipes.ts';
import type { FifoPool } from './fifo-pool.ts';
import type { Launcher } from './launcher.ts';
import { openCapturedPipes, whileTransient, type Pipes } from './prepare.ts';
import type { SpawnFailure, SpawnMessage } from './protocol.ts';
import { isTransient, toSpawnFailure } from './spawn-failure.ts';

/** What a start needs, and who hears of it. */
export interface RunStart {
  readonly request: SpawnMessage;
  readonly capture: RemoteCapture;
  readonly fifos: FifoPool;
  readonly launcher: Launcher;
  readonly extras: ExtraPipes | undefined;
  /** Writes down that these pipes are the run's, before it has a process. */
  readonly record: (pipes: readonly string[]) => void;
  /** The pipes are open, and the log worker knows of them. */
  readonly attached: () => void;
  /** Whether a stop waits for the process that does not exist yet. */
  readonly isStopping: () => boolean;
  readonly spawned: (child: ChildProcess) => void;
  readonly exited: (exitCode: number | null, signal: string | null) => void;
  /** The log worker could not begin to read. */
  readonly notBegun: (error: unknown) => void;
}

/** Starts the process. @returns why there is none, or undefined once it runs */
export async function startProcess(start: RunStart): Promise<SpawnFailure | undefined> {
  const { request, capture, fifos, extras } = start;
  const pipes = await whileTransient(
    () => fifos.inTurn(() => prepare(start)),
    (error) => toOutputFailure(error, request),
    start.isStopping,
  );
  if ('code' in pipes) return pipes;
  const [out, err] = pipes;
  try {
    const outcome = await whileTransient(
      () => spawnOnce(start, pipes),
      (error) => toSpawnFailure(error, request),
      start.isStopping,
    );
    if (outcome !== true) return outcome;
    extras?.forked();
    return undefined;
  } finally {
    for (const pipe of [out, err]) closeSync(pipe.writeFd);
    capture.begin(request.run).catch((error: unknown) => start.notBegun(error));
  }
}

/** Why there is no process, where its output is at fault. */
export function toOutputFailure(error: unknown, request: SpawnMessage): SpawnFailure {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  if (isTransient(code)) return toSpawnFailure(error, request);
  return { code, subject: 'output', message: `its output cannot be captured: ${error instanceof Error ? error.message : String(error)}` };
}

async function prepare(start: RunStart): Promise<Pipes> {
  const { request, capture, fifos, extras, launcher } = start;
  await extras?.open(launcher.owner);
  const pipes = await openCapturedPipes(request, fifos, capture, start.record).catch((error: unknown) => {
    extras?.close();
    throw error;
  });
  start.attached();
  return pipes;
}

function spawnOnce(start: RunStart, [out, err]: Pipes): Promise<true> {
  const { launcher, extras } = start;
  return new Promise((resolve, reject) => {
    const child = launcher.spawn(extras?.stdio(out.writeFd, err.writeFd) ?? ['ignore', out.writeFd, err.writeFd]);
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => start.exited(exitCode, signal));
    child.once('spawn', () => {
      start.spawned(child);
      resolve(true);
    });
  });
}
