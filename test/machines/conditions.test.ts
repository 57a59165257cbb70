/** `judge` as a table: each condition against each status a task can show. No task runs here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../machines/conditions.ts';
import { TaskCondition, type TaskInfo, type TaskStatus } from '../../src/index.ts';

const error = { reason: 'signal', message: 'The process was killed by SIGKILL.' } as const;

const STATUSES = {
  idle: { state: 'stopped', phase: 'idle' },
  waiting: { state: 'stopped', phase: 'waiting' },
  starting: { state: 'running', phase: 'starting', pid: null },
  unready: { state: 'running', phase: 'unready', pid: 9 },
  ready: { state: 'running', phase: 'ready', pid: 9 },
  stopping: { state: 'running', phase: 'stopping', pid: 9 },
  killing: { state: 'running', phase: 'killing', pid: null },
  draining: { state: 'running', phase: 'draining', pid: null },
  succeeded: { state: 'finished', phase: 'settled', exitCode: 0 },
  finished: { state: 'finished', phase: 'settled', exitCode: 3 },
  finishedBackingOff: { state: 'finished', phase: 'backingOff', exitCode: 3 },
  failed: { state: 'failed', phase: 'settled', error },
  failedBackingOff: { state: 'failed', phase: 'backingOff', error },
} as const satisfies Record<string, TaskStatus>;

/** One letter a condition, in the order running, ready, finished, succeeded, failed, stopped: Holds, Pending, Impossible. */
const TABLE: readonly (readonly [keyof typeof STATUSES, { readonly hasRun?: true; readonly everStarted?: true }, string])[] = [
  ['idle', {}, 'PPPPPH'],
  ['idle', { hasRun: true }, 'IIIIIH'],
  ['waiting', {}, 'PPPPPH'],
  ['waiting', { hasRun: true }, 'PPPPPH'],
  ['starting', {}, 'PPPPPP'],
  ['unready', {}, 'HPPPPP'],
  ['ready', {}, 'HHPPPP'],
  ['stopping', {}, 'HPPPPP'],
  ['killing', {}, 'HPPPPP'],
  ['draining', {}, 'HPPPPP'],
  ['succeeded', { everStarted: true }, 'HHHHII'],
  ['finished', { everStarted: true }, 'HIHIII'],
  ['finishedBackingOff', { everStarted: true }, 'HPPPPP'],
  ['failed', {}, 'IIIIHI'],
  ['failed', { everStarted: true }, 'HIIIHI'],
  ['failedBackingOff', {}, 'PPPPPP'],
  ['failedBackingOff', { everStarted: true }, 'HPPPPP'],
];

const infoOf = (status: TaskStatus, everStarted: boolean, successExitCodes = [0]): TaskInfo =>
  ({ status, startedAt: everStarted ? new Date(0) : null, definition: { successExitCodes } }) as unknown as TaskInfo;

for (const [name, { hasRun = false, everStarted = false }, letters] of TABLE) {
  const facts = `${hasRun ? ', seen running' : ''}${everStarted ? ', had a process' : ''}`;
  test(`conditions of a task that is ${name}${facts}: ${letters}`, () => {
    const verdicts = TaskCondition.options.map((condition) => {
      const verdict = judge(condition, infoOf(STATUSES[name], everStarted), hasRun);
      return typeof verdict === 'object' ? 'I' : verdict.charAt(0).toUpperCase();
    });
    assert.equal(verdicts.join(''), letters);
  });
}

test('while a restart stands behind the end of a run nothing is impossible yet, and what holds holds', () => {
  for (const [name, { hasRun = false, everStarted = false }, letters] of TABLE) {
    const verdicts = TaskCondition.options.map((condition) => {
      const verdict = judge(condition, { ...infoOf(STATUSES[name], everStarted), hasQueuedStart: true }, hasRun);
      return typeof verdict === 'object' ? 'I' : verdict.charAt(0).toUpperCase();
    });
    assert.equal(verdicts.join(''), letters.replaceAll('I', 'P'), name);
  }
});

test('an exit code that counts as success is one to wait for', () => {
  assert.equal(judge('succeeded', infoOf(STATUSES.finished, true, [0, 3]), true), 'holds');
  assert.equal(judge('ready', infoOf(STATUSES.finished, true, [0, 3]), true), 'holds');
});

test('an impossible condition comes with the reason', () => {
  const reasonOf = (status: TaskStatus): unknown => judge('succeeded', infoOf(status, true), true);
  assert.deepEqual(reasonOf(STATUSES.idle), { impossible: 'it was stopped' });
  assert.deepEqual(reasonOf(STATUSES.finished), { impossible: 'it finished with exit code 3' });
  assert.deepEqual(reasonOf(STATUSES.failed), { impossible: 'it failed: The process was killed by SIGKILL.' });
});
