/** The definitions a runner knows, and where each came from. Names are unique without regard to case, since they are folder names too. */
import { closest } from 'fastest-levenshtein';
import { TaskError } from '../errors.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import type { TaskOrigin } from '../model/info.ts';

/** One definition. */
export interface Registration {
  /** As its author wrote it: what `update` changes. Null for one from a file, which is changed there. */
  readonly input: TaskDefinition | null;
  readonly definition: ResolvedTask;
  readonly origin: TaskOrigin;
  /** Where a definition of origin `file` stands. */
  readonly source?: { readonly file: string; readonly line: number };
  /** Whether it is kept in `tasks.json`. */
  readonly isPersisted: boolean;
}

/** All definitions, in the order of their first registration. */
export class Registry {
  readonly #byKey = new Map<string, Registration>();

  /** All of them. */
  all(): readonly Registration[] {
    return [...this.#byKey.values()];
  }

  /**
   * The definition of a task.
   * @throws TaskError `TASK_NOT_FOUND`, with the nearest name there is
   */
  get(name: string): Registration {
    const found = this.find(name);
    if (found !== undefined) return found;
    const names = this.all().map((registration) => registration.definition.name);
    const near = names.length === 0 ? 'no task is defined' : `did you mean "${closest(name, names)}"?`;
    throw new TaskError('TASK_NOT_FOUND', `there is no task "${name}"; ${near}`, { details: { task: name } });
  }

  /** The definition with exactly this name, or undefined. */
  find(name: string): Registration | undefined {
    const found = this.#byKey.get(name.toLowerCase());
    return found?.definition.name === name ? found : undefined;
  }

  /** @throws TaskError `TASK_INVALID` when another name differs from this one in case alone */
  assertFree(name: string): void {
    const present = this.#byKey.get(name.toLowerCase())?.definition.name;
    if (present === undefined || present === name) return;
    throw new TaskError('TASK_INVALID', `the names "${name}" and "${present}" differ in case alone; choose another name`, {
      details: { task: name },
    });
  }

  /**
   * Adds a definition or replaces the one with its name.
   * @throws TaskError as {@link Registry.assertFree}
   */
  set(registration: Registration): void {
    const { name } = registration.definition;
    this.assertFree(name);
    this.#byKey.set(name.toLowerCase(), registration);
  }

  /** Forgets a definition. */
  delete(name: string): void {
    this.#byKey.delete(name.toLowerCase());
  }
}
