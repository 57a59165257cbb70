/** What an earlier runner on the data directory left to this one: runs that go on, and tasks that wait for their next start. Starts and stops nothing. */
import type { TaskResume } from '../../machines/task.types.ts';
import type { ShimLink } from '../actors/shim-link.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { HeldRun } from '../shim/protocol.ts';
import type { Authored, Registry } from './registry.ts';
import { resumeEnded, resumeHeld } from './resume.ts';

/** What there is to go on with. */
export class Inheritance {
  /** The runs that the shim held. */
  readonly held: readonly HeldRun[];
  readonly #heldByTask: ReadonlyMap<string, HeldRun>;
  /** The session that goes on; what records of another one say was ended by a close. */
  readonly #session: string | undefined;
  readonly #resumed = new Set<string>();
  /** Tasks that were asked about: one that is removed and defined again begins anew. */
  readonly #known = new Set<string>();

  /** @param link connected */
  constructor(link: ShimLink) {
    this.held = link.inherited?.runs ?? [];
    this.#heldByTask = new Map(this.held.map((held) => [held.request.task, held])); // of a task one run goes on at most
    this.#session = link.inherited?.session;
  }

  /** What the machine of a task goes on with, told once; `record` is of its last run. */
  resumeOf(definition: ResolvedTask, record: RunRecord | undefined): TaskResume | undefined {
    const { name } = definition;
    if (this.#session === undefined || this.#known.has(name)) return undefined;
    this.#known.add(name);
    const held = this.#heldByTask.get(name);
    const now = Date.now();
    const ended = record?.session === this.#session ? resumeEnded(record, definition, now) : undefined;
    const resume = held === undefined ? ended : resumeHeld(held, definition, now);
    if (resume !== undefined) this.#resumed.add(name);
    return resume;
  }

  /** Whether a task goes on with what an earlier runner began. */
  has(name: string): boolean {
    return this.#resumed.has(name);
  }

  /** Definitions for the tasks that run and that nobody defines. What they would depend on is not looked at: they run. */
  undefinedBy(registry: Registry): Authored[] {
    return this.held.flatMap(({ request: { task }, definition }) => {
      if (registry.find(task) !== undefined) return [];
      const { group: _group, ...others } = definition as ResolvedTask;
      const alone = { ...others, name: task, dependsOn: [], instances: 1 };
      return [{ input: alone, definition: alone, origin: 'api', isPersisted: false } as const];
    });
  }
}
