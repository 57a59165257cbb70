/** What a task waits for before it starts. */
import { z } from 'zod';
import { TaskName } from './task-name.ts';

const UNTIL = ['running', 'ready', 'finished', 'succeeded'] as const;
const HINT = 'expected the name of a task, or { task = "name", until = "running", "ready", "finished" or "succeeded" }';

/** Until when a dependency is waited for. */
export type DependencyCondition = (typeof UNTIL)[number];

/** One dependency: a task's name alone means until it is ready. */
export const Dependency = z
  .union([TaskName, z.strictObject({ task: TaskName, until: z.enum(UNTIL).default('ready') })], HINT)
  .transform((given) => (typeof given === 'string' ? ({ task: given, until: 'ready' } as const) : given));

/** A dependency, complete. */
export type Dependency = z.output<typeof Dependency>;
