/** Tasks that announce what they do, and the ways to hear it. A test that uses them waits for their word, never for time. */
import assert from 'node:assert/strict';
import { isTaskErrorWith } from './errors.ts';
import type { OutputKind, TaskDefinition, TaskRunner } from '../../src/index.ts';
import { sh } from './project.ts';

type Definition = Omit<TaskDefinition, 'name'>;

/** Says `up`, then runs until it is stopped; SIGTERM ends it at once. */
export const daemon = (): Definition => sh('echo up; exec sleep 1000');

/** Says `up`, then runs on whatever SIGTERM says: only SIGKILL ends it. */
export const stubborn = (): Definition => sh("trap '' TERM; echo up; exec sleep 1000");

/**
 * Says `up`, then `got NAME` for each signal of `names`; ends after `last` with exit code 0. The shell waits for a silent
 * child, since a shell's traps run only while it waits.
 */
export function trapper(names: readonly string[], last: string): Definition {
  const traps = names.map((name) => `trap 'echo got ${name}${name === last ? '; exit 0' : ''}' ${name}`);
  return sh(`${traps.join('; ')}; sleep 1000 >/dev/null 2>&1 & echo up; while :; do wait $!; done`);
}

/** Starts a task and resolves when it has written the line `text` to stdout. */
export async function startUntil(runner: TaskRunner, name: string, text = 'up'): Promise<void> {
  const said = lineOf(runner, name, text);
  await runner.start(name);
  await said;
}

/** Resolves when a task writes the line `text`, from now on. Rejects when the runner closes before. */
export async function lineOf(runner: TaskRunner, name: string, text: string, kind: OutputKind = 'stdout'): Promise<void> {
  for await (const record of runner.follow(name, { kind })) {
    if ('text' in record && record.text === text) return;
  }
  assert.fail(`${name} never wrote ${JSON.stringify(text)}`);
}

/** Resolves when a started task is over; it must have ended by itself. */
export async function runOnce(runner: TaskRunner, name: string): Promise<void> {
  await runner.start(name);
  await runner.waitFor(name, 'finished');
}

/** Asserts that `action` rejects with a TaskError of this code, whose message matches. */
export async function rejectsWith(action: Promise<unknown>, code: string, message: RegExp = /./): Promise<void> {
  await assert.rejects(action, isTaskErrorWith(code, message));
}
