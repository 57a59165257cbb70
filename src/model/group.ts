/** Groups of tasks that live together: the schema of `[[groups]]`. */
import { z } from 'zod';
import { Duration } from './quantity.ts';
import { TaskName } from './task-name.ts';

const COUNT_HINT = 'expected a whole number from 0 to 10000, or "unlimited"';

/** A group, as its author writes it. Only `name` is required. */
export const GroupSchema = z.strictObject({
  name: TaskName,
  /** Who is started again when a task of the group is: itself alone, all, or itself and those after it. Words of OTP's supervisor(3). */
  strategy: z
    .enum(['one_for_one', 'one_for_all', 'rest_for_one'], 'expected one_for_one, one_for_all or rest_for_one')
    .default('one_for_one'),
  /**
   * How often within the window the group begins anew after one of its tasks gave up; once more, and the group itself gives up and
   * stops its tasks. Absent: one_for_one leaves the task as it is, the others give up with it.
   */
  maxRestarts: z.union([z.literal('unlimited'), z.int(COUNT_HINT).min(0, COUNT_HINT).max(10_000, COUNT_HINT)], COUNT_HINT).optional(),
  /** The window in which gave-ups are counted. */
  restartWindow: Duration.prefault('1h'),
});

/** A group, as its author writes it. */
export type GroupDefinition = z.input<typeof GroupSchema>;

/** A group, complete. */
export type ResolvedGroup = z.output<typeof GroupSchema>;
