/** What tests say of errors. */
import { TaskError } from '../../src/index.ts';

/** A predicate for `assert.throws` and `assert.rejects`: a TaskError of this code whose message matches. Anything else is shown as it came. */
export const isTaskErrorWith =
  (code: string, message: RegExp = /./) =>
  (error: unknown): boolean => {
    if (TaskError.is(error) && error.code === code && message.test(error.message)) return true;
    throw error;
  };
