/** What a task, and a group of tasks, may be called. */
import { z } from 'zod';
import { TASK_NAME_PATTERN } from './task-name-pattern.ts';

export { TASK_NAME_PATTERN };

const NAME_HINT = 'expected a name of 1 to 64 letters, digits, dots, underscores and dashes that begins with a letter or digit';

/** The task's name, which is its id too; unique without regard to case. */
export const TaskName = z.string(NAME_HINT).regex(TASK_NAME_PATTERN, NAME_HINT);
