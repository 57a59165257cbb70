/** What a process actor is created with, as the machine of a task that never ran would. */
import { toInitialContext, toProcessInput } from '../../machines/task.context.ts';
import type { ProcessInput } from '../../machines/task.types.ts';
import type { ResolvedTask } from '../../src/model/definition.ts';

/** The input of the process of a first run. */
export const processInput = (definition: ResolvedTask, runId: string): ProcessInput => ({
  ...toProcessInput({ ...toInitialContext({ name: definition.name, definition }), runId }),
  rotate: false,
});
