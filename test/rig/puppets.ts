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
 * A program for Node.js that runs until it is ended. No shell: one that traps signals needs a child to wait for, which ignores
 * SIGINT and can lose a SIGTERM that comes between its fork and its exec.
 */
const program = (body: string): Definition => ({ command: process.execPath, args: ['-e', `setInterval(() => {}, 2 ** 30); ${body}`] });

/** Says `up`, then `got NAME` for each signal of `names`; ends after `last` with exit code 0. */
export const trapper = (names: readonly NodeJS.Signals[], last: NodeJS.Signals): Definition =>
  program(`
    for (const name of ${JSON.stringify(names)}) process.on(name, () => { console.log('got ' + name); if (name === '${last}') process.exit(0); });
    console.log('up');
  `);

/** Says `up`, and on SIGTERM `bye`, and then ends with exit code 9. */
export const polite = (): Definition =>
  program(`process.on('SIGTERM', () => { console.log('bye'); process.exit(9); }); console.log('up');`);

/** Has a child; says `up` when both listen. Each says `main got NAME` or `child got NAME` when it gets the signal, and goes on. */
export function family(name: NodeJS.Signals): Definition {
  const listen = (who: string): string => `process.on('${name}', () => console.log('${who} got ${name}'));`;
  const child = `setInterval(() => {}, 2 ** 30); ${listen('child')} console.log('up');`;
  return program(
    `${listen('main')} require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' });`,
  );
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
