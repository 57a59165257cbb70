/**
 * `kill -9` of the daemon of each installed peer, once, under the same load, and then its own way of coming back. Asked about is what ran before the kill:
 * whether it lives, what of its output is there, and whether the peer knows how it ended. What it starts anew is counted apart.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, startTimeOf, type ProcessIdentity } from '../../src/util/process-identity.ts';
import { SurviveLoad, type Captured } from './survive-load.ts';
import { type MakePeer, type Peer } from './survive-peer-tools.ts';

/** What `numbered` ends with when nobody reads its pipe. */
const BROKEN_PIPE_CODE = 99;
/** From the start of a burst to the kill. */
const BURST_MS = 20;
/** Long enough for a task to notice, and for whoever still reads to have read. */
const SETTLE_MS = 1_000;

/** What was found. */
export interface PeerFigures {
  readonly name: string;
  readonly captured: Captured;
  readonly tasks: number;
  /** Tasks that are the process they were, which the peer still lists. */
  readonly alive: number;
  /** Processes that live and that the peer does not know any more. */
  readonly orphans: number;
  /** Tasks that ended and whose exit code the peer knows. */
  readonly exitCodesKnown: number;
  /** Tasks that the peer began anew. */
  readonly startedAnew: number;
}

/** Kills one peer's daemon in `dir`. */
export async function measurePeer(make: MakePeer, dir: string, program: string): Promise<PeerFigures> {
  mkdirSync(dir, { recursive: true });
  const load = new SurviveLoad(dir, program);
  const peer = make(dir, load.writers);
  try {
    await peer.start();
    return await killAndLook(peer, load);
  } finally {
    await peer.end();
    load.close();
  }
}

async function killAndLook(peer: Peer, load: SurviveLoad): Promise<PeerFigures> {
  const before = (await peer.list()).map(({ name, pid }) => ({ name, identity: identify(pid) }));
  load.burst();
  await wait(BURST_MS);
  process.kill(peer.daemon(), 'SIGKILL');
  load.burst();
  await wait(SETTLE_MS);
  // Before it comes back: what it starts then writes to the same log, from number 0 on.
  const captured = load.captured((task) => task.verifyFile(peer.logOf(task.name)));
  await peer.comeBack();
  await wait(SETTLE_MS);
  const after = new Map((await peer.list()).map((task) => [task.name, task]));
  const figures = { name: peer.name, captured, tasks: before.length, alive: 0, orphans: 0, exitCodesKnown: 0, startedAnew: 0 };
  for (const { name, identity } of before) {
    const now = after.get(name);
    if (now?.pid === identity.pid) figures.alive += 1;
    else if (isRunning(identity)) figures.orphans += 1;
    if (now?.exitCode === BROKEN_PIPE_CODE) figures.exitCodesKnown += 1;
    if (now !== undefined && now.pid > 0 && now.pid !== identity.pid) figures.startedAnew += 1;
  }
  return figures;
}

function identify(pid: number): ProcessIdentity {
  const startTime = startTimeOf(pid);
  if (startTime === undefined) throw new Error(`process ${pid} ended before the benchmark began`);
  return { pid, startTime };
}
