/** The refusal of a cursor that no line can have. Nothing here reads. */
import { TaskError } from '../../errors.ts';
import type { LogStart } from './byte-source.ts';

/** The offset of `start` in a log that is `end` bytes long. @throws TaskError `ARGUMENT_INVALID` when there is none such */
export function checkedStart({ offset, isAfter }: LogStart & { readonly type: 'offset' }, end: number): number {
  // After a line there must be that line; where the next one will begin is the end itself.
  const isThere = isAfter ? offset < end : offset <= end;
  if (isThere) return offset;
  const expected = isAfter ? `the offset of a line, less than ${end}` : `at most ${end}`;
  throw new TaskError('ARGUMENT_INVALID', `from: expected ${expected}, the present end of the log, got ${offset}`, { details: { end } });
}
