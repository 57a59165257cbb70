/** The tasks of a runner as the outside sees them. Of a list that nothing happened to since it was last given, nothing is made again. */
import type { TaskInfo } from '../model/info.ts';
import type { RunnerParts } from './parts.ts';
import { toTaskInfo } from './task-info.ts';

/** Looks at tasks. */
export class TaskInfos {
  readonly #parts: Pick<RunnerParts, 'registry' | 'supervision' | 'lastRuns'>;
  #infos: readonly TaskInfo[] = [];
  /** What had happened when they were made. */
  #changes = -1;

  constructor(parts: Pick<RunnerParts, 'registry' | 'supervision' | 'lastRuns'>) {
    this.#parts = parts;
  }

  /** One task. @throws TaskError `TASK_NOT_FOUND` */
  get(name: string): TaskInfo {
    const { registry, supervision, lastRuns } = this.#parts;
    return toTaskInfo(registry.get(name), supervision.actor(name).getSnapshot(), lastRuns.get(name), supervision.status(name));
  }

  /** Every task, in the order of definition; the list is the caller's own. */
  all(): TaskInfo[] {
    const { registry, supervision, lastRuns } = this.#parts;
    const changes = registry.changes + supervision.changes + lastRuns.changes; // each of them only grows
    if (changes !== this.#changes) this.#infos = registry.all().map(({ definition }) => this.get(definition.name));
    this.#changes = changes;
    return [...this.#infos];
  }
}
