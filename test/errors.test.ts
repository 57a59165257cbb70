/** The one error class: its table, and what it looks like to whoever catches it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ERROR_CODES, TaskError, type TaskErrorCode } from '../src/index.ts';
import { messageOf } from '../src/errors.ts';

const CODES = Object.keys(ERROR_CODES) as TaskErrorCode[];

test('every code has an HTTP status of an error, an exit code that is not success, and a sentence part for the docs', () => {
  for (const code of CODES) {
    const { httpStatus, exitCode, when } = ERROR_CODES[code];
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
    assert.ok(httpStatus >= 400 && httpStatus < 600, code);
    assert.ok(exitCode > 0 && exitCode < 128, code);
    assert.match(when, /^[`a-z].*[^.]$/, code);
  }
});

/** What scripts rely on: a number never changes its meaning. */
const EXIT_CODES: readonly (readonly [TaskErrorCode, number])[] = [
  ['TASK_NOT_FOUND', 4],
  ['DATA_DIR_BUSY', 75],
  ['TASK_BUSY', 75],
  ['TASK_READ_ONLY', 77],
  ['CONFIG_INVALID', 78],
  ['TIMED_OUT', 124],
  ['INTERNAL', 125],
  ['ARGUMENT_INVALID', 2],
];

for (const [code, exitCode] of EXIT_CODES) {
  test(`a command that ends with ${code} exits with ${exitCode}`, () => {
    assert.equal(new TaskError(code, 'm').exitCode, exitCode);
  });
}

test('an error carries its code, its details and its cause, and is an Error', () => {
  const cause = new Error('deeper');
  const error = new TaskError('TASK_NOT_FOUND', 'there is no task "web"', { details: { task: 'web' }, cause });
  assert.ok(error instanceof Error && error instanceof TaskError);
  assert.deepEqual(
    [error.name, error.code, error.message, error.details, error.cause],
    ['TaskError', 'TASK_NOT_FOUND', 'there is no task "web"', { task: 'web' }, cause],
  );
  assert.match(inspect(error), /TaskError: there is no task "web"[^]*deeper/);
  assert.equal('cause' in new TaskError('INTERNAL', 'm'), false);
  assert.deepEqual(new TaskError('INTERNAL', 'm').details, {});
});

test('TaskError.is knows its own, those of another copy of the package, and nothing else', () => {
  const other = Object.assign(new Error('m'), { [Symbol.for('dirigent-taskrunner.TaskError')]: true, code: 'TIMED_OUT' });
  assert.equal(TaskError.is(new TaskError('INTERNAL', 'm')), true);
  assert.equal(TaskError.is(other), true);
  for (const value of [new Error('m'), { code: 'INTERNAL' }, 'INTERNAL', null, undefined, 7]) assert.equal(TaskError.is(value), false);
});

test('the message of anything that was thrown is a string', () => {
  assert.deepEqual(
    [messageOf(new Error('a')), messageOf('b'), messageOf(undefined), messageOf({ reason: 'c' }), messageOf(Object.create(null))],
    ['a', 'b', 'undefined', "{ reason: 'c' }", '[Object: null prototype] {}'],
  );
});
