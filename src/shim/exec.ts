/**
 * Short commands executed for a run: a probe, a stop command. Each is a process group of its own that ends with its
 * command, or at its timeout by SIGKILL. Their output is no output of the task: its end is given back, the rest forgotten.
 */
import type { ChildProcess } from 'node:child_process';
import { startPatientTimer } from '../util/patient-timer.ts';
import type { ExecReply } from './protocol.ts';
import { checkCwd, toSpawnFailure } from './spawn-failure.ts';
import { spawnAs, type Program, type Standing } from './standing.ts';

/** Commands that run at the same time; further ones wait. */
const MAX_AT_ONCE = 16;
/** What is given back of the output, from its end. */
export const MAX_OUTPUT_BYTES = 4 * 1024;
/** How long the output of a command that ended is waited for, where somebody outside its group still holds it. */
const LAST_WORDS_MS = 100;

const NOTHING: ExecReply = { exitCode: null, signal: null, timedOut: false, output: '' };

let underWay = 0;
const waiting: (() => void)[] = [];

/** Runs a command to its end. Never rejects: that it could not be run is an answer, too. */
export async function execute(program: Program, standing: Standing, timeoutMs: number): Promise<ExecReply> {
  if (underWay >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  underWay += 1;
  try {
    return await run(program, standing, timeoutMs);
  } catch (error) {
    return { ...NOTHING, error: toSpawnFailure(error, program).message };
  } finally {
    underWay -= 1;
    waiting.shift()?.();
  }
}

function run(program: Program, standing: Standing, timeoutMs: number): Promise<ExecReply> {
  const badCwd = checkCwd(program.cwd);
  if (badCwd !== undefined) return Promise.resolve({ ...NOTHING, error: badCwd.message });
  const child = spawnAs(standing, program, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output = collectEnd(child);
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const stopTimer = startPatientTimer(timeoutMs, () => {
      timedOut = true;
      killGroup(child);
    });
    child.once('error', (error) => {
      stopTimer();
      reject(error);
    });
    child.once('exit', (exitCode, signal) => {
      stopTimer();
      killGroup(child); // in the turn in which it was reaped: what it left behind keeps the number from being reused
      const answer = (): void => {
        clearTimeout(lastWords);
        resolve({ exitCode, signal, timedOut, output: output() });
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      };
      const lastWords = setTimeout(answer, LAST_WORDS_MS);
      child.once('close', answer);
    });
  });
}

/** Keeps the end of what a child writes. */
function collectEnd({ stdout, stderr }: ChildProcess): () => string {
  let end = Buffer.alloc(0);
  for (const stream of [stdout, stderr]) {
    stream?.on('error', () => undefined); // no more of it is to be had
    stream?.on('data', (chunk: Buffer) => {
      end = Buffer.concat([end, chunk.subarray(-MAX_OUTPUT_BYTES)]).subarray(-MAX_OUTPUT_BYTES);
    });
  }
  return () => end.toString('utf8');
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error; // nobody is left, or it is not ours to kill
  }
}
