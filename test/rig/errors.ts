/** What tests say of errors. */
import assert from 'node:assert/strict';
import { TaskError } from '../../src/index.ts';

/** A predicate for `assert.throws` and `assert.rejects`: a TaskError of this code whose message matches. Anything else is shown as it came. */
export const isTaskErrorWith =
  (code: string, message: RegExp = /./) =>
  (error: unknown): boolean => {
    if (TaskError.is(error) && error.code === code && message.test(error.message)) return true;
    throw error;
  };

/** The error of a call, as a program sees it. */
export async function toldError(call: Promise<unknown>): Promise<Pick<TaskError, 'code' | 'message' | 'details'>> {
  const error: unknown = await call.then(
    () => assert.fail('it was to fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(TaskError.is(error), String(error));
  const { code, message, details } = error;
  return { code, message, details: JSON.parse(JSON.stringify(details)) as TaskError['details'] };
}
