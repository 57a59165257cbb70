/** Random starts, stops and restarts of three real tasks (case 13): never two processes of one task, never one too many at the end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { TaskError, type TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { createWitness, openRunner, sh, tempDir, wholeLog, type Witness } from '../rig/project.ts';

const NAMES = ['obedient', 'slow', 'brief'] as const;
const VERBS = ['start', 'stop', 'restart'] as const;

interface Step {
  readonly name: (typeof NAMES)[number];
  readonly verb: (typeof VERBS)[number];
  /** Whether the next step waits for this one. */
  readonly isAwaited: boolean;
}

const steps = fc.array(fc.record({ name: fc.constantFrom(...NAMES), verb: fc.constantFrom(...VERBS), isAwaited: fc.boolean() }), {
  minLength: 50,
  maxLength: 50,
});

/**
 * A line that says `twice` when another process of its task lives: flock(2) succeeds for one alone, and the kernel takes the
 * lock back however that one ends. It waits by reading from the witness, where nothing is ever written: a shell that waited
 * for a child could leave it behind.
 */
const exclusively = (lock: string, witness: string, work: string): string =>
  `exec 8>"${lock}" 9<>"${witness}"; flock -n 8 || { echo twice; exit 99; }; ${work}`;

/** Posts a command, and takes the refusals that its order explains as the answer they are. */
async function post(runner: TaskRunner, { name, verb }: Step): Promise<void> {
  try {
    await runner[verb](name);
  } catch (error) {
    if (!TaskError.is(error) || error.code !== 'START_CANCELLED') throw error;
  }
}

async function openThree(t: TestContext): Promise<{ runner: TaskRunner; locks: string; witness: Witness; hold: FileHandle }> {
  const locks = tempDir(t);
  const witness = createWitness(t);
  const hold = await open(witness.path, 'r+'); // so that it is not over before the last command
  const line = (name: string, work: string) => ({ ...sh(exclusively(join(locks, name), witness.path, work)), rotatePrevious: false });
  atEnd(t, () => hold.close());
  const runner = await openRunner(t, {
    obedient: line('obedient', 'read _ <&9'),
    // Its end takes longer than the next command.
    slow: line('slow', `trap 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; exit 0' TERM; read _ <&9`),
    brief: line('brief', ':'),
  });
  return { runner, locks, witness, hold };
}

test('case 13: 100 random starts, stops and restarts never make two processes of one task, and a last stop leaves nothing', async (t) => {
  const { runner, locks, witness, hold } = await openThree(t);
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const posted: Promise<void>[] = [];
      for (const command of commands) {
        const done = post(runner, command);
        posted.push(done);
        if (command.isAwaited) await done;
      }
      await Promise.all(NAMES.map((name) => runner.stop(name)));
      await Promise.all(posted);
      for (const { status } of runner.listTasks()) assert.notEqual(status.state, 'running');
      for (const name of readdirSync(locks)) execFileSync('flock', ['-n', join(locks, name), 'true']); // fails while one lives
    }),
    { numRuns: 2, endOnFailure: true },
  );
  for (const name of NAMES) assert.doesNotMatch(wholeLog(runner, name, 'combined').toString(), /twice/, name);
  await hold.close();
  await witness.gone;
});
