/** What `register` and `update` have in common: a definition is taken over, and the tasks it does not make any more go. */
import { resolveDefinition } from '../config/definition.ts';
import { TaskError } from '../errors.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import type { Authored } from './definition-plan.ts';
import type { RunnerParts } from './parts.ts';
import { stopTask } from './stop-task.ts';

/** How a task is defined. */
export interface DefineOptions {
  /** The verb, for what is said of a definition that cannot be used. */
  readonly label: 'register' | 'update';
  /** Whether it outlives the runner. */
  readonly persist: boolean;
}

/** Defines a task. @returns the name of the first task it makes. @throws TaskError as `register` */
export async function defineTask(parts: RunnerParts, input: TaskDefinition, { label, persist }: DefineOptions): Promise<string> {
  const origin = { baseDir: process.cwd(), label };
  const definition = resolveDefinition(input, { ...origin, defaults: parts.source.with.taskDefaults });
  if (persist) assertKeepable(definition, label);
  const kept = persist ? toKept(input, resolveDefinition(input, origin)) : undefined;
  const authored: Authored = { input: kept ?? input, definition, origin: persist ? 'api' : 'code', isPersisted: persist };
  const plan = parts.registry.plan([authored], label);
  parts.enrol(plan, kept);
  await Promise.all(
    plan.obsolete.map(async (name) => {
      await stopTask(parts, name);
      await parts.retire(name);
    }),
  );
  return plan.registrations[0]?.definition.name ?? input.name;
}

const PATHS = ['env', 'envFile', 'watch'] as const;

/** What its author wrote, and nothing of the defaults; it must mean the same from another working directory. */
function toKept(input: TaskDefinition, resolved: ResolvedTask): TaskDefinition {
  const written = PATHS.filter((key) => input[key] !== undefined);
  return { ...input, cwd: resolved.cwd, ...Object.fromEntries(written.map((key) => [key, resolved[key]])) };
}

/** @throws TaskError `TASK_INVALID` for what no file can hold */
function assertKeepable({ name, ready, alive }: ResolvedTask, label: string): void {
  const key = ready?.check !== undefined ? 'ready' : alive?.check !== undefined ? 'alive' : undefined;
  if (key === undefined) return;
  const message = 'expected a probe that a file can hold, got a function; register the task without persist each time the runner opens';
  throw new TaskError('TASK_INVALID', `${label}: task "${name}" has 1 problem\n  ${key}.check: ${message}`, {
    details: { problems: [{ path: `${key}.check`, message }] },
  });
}
