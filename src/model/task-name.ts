/** What a task, and a group of tasks, may be called. */
import { z } from 'zod';

/** A name and id: a slug that is safe as a file name everywhere. */
export const TASK_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const NAME_HINT = 'expected a name of 1 to 64 letters, digits, dots, underscores and dashes that begins with a letter or digit';

/** The task's name, which is its id too; unique without regard to case. */
export const TaskName = z.string(NAME_HINT).regex(TASK_NAME_PATTERN, NAME_HINT);
