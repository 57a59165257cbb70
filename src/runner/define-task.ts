/** What `register` and `update` have in common: a definition is taken over, and the tasks it does not make any more go. */
import type { TaskDefinition } from '../model/definition.ts';
import type { RunnerParts } from './parts.ts';

/** How a task is defined. */
export interface DefineOptions {
  /** The verb, for what is said of a definition that cannot be used. */
  readonly label: 'register' | 'update';
  /** Whether it outlives the runner. */
  readonly persist: boolean;
  readonly stop: (name: string) => Promise<unknown>;
}

/** Defines a task. @returns the name of the first task it makes. @throws TaskError as `register` */
export async function defineTask(parts: RunnerParts, input: TaskDefinition, { label, persist, stop }: DefineOptions): Promise<string> {
  const { registrations, obsolete } = parts.define(input, label, persist);
  await Promise.all(
    obsolete.map(async (name) => {
      await stop(name);
      await parts.retire(name);
    }),
  );
  return registrations[0]?.definition.name ?? input.name;
}
