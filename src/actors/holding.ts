/** What the shim keeps of one run for the next runner, and whether it does: the run's definition, and what its machine remembers. Sends nothing itself. */
import type { TaskMemory } from '../../machines/task.types.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { Held } from '../shim/protocol.ts';

/** One run, as it is handed on. */
export class Holding {
  readonly #definition: ResolvedTask;
  #memory: TaskMemory;
  #isHeld: boolean;
  /** What the shim has, as JSON; undefined before it has the run. */
  #told: string | undefined;

  /** @param isHeld whether the shim holds it already, though its definition may not say so */
  constructor(definition: ResolvedTask, memory: TaskMemory, isHeld: boolean) {
    this.#definition = definition;
    this.#memory = memory;
    this.#isHeld = isHeld || definition.onSupervisorCrash === 'keep';
    if (isHeld) this.#told = '';
  }

  /** Whether the run outlives this process. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** It does from now on. */
  begin(): void {
    if (!this.#isHeld) this.#told = ''; // as good as nothing
    this.#isHeld = true;
  }

  /** What a shim that knows nothing of the run is told with it. */
  take(): { readonly held?: Held } {
    this.#told = JSON.stringify(this.#memory);
    return this.#isHeld ? { held: this.#held } : {};
  }

  /** What it is told when the machine remembers other things; undefined when that is no news, or the shim does not have the run yet. */
  renew(memory: TaskMemory): Held | undefined {
    this.#memory = memory;
    const text = JSON.stringify(memory);
    if (!this.#isHeld || this.#told === undefined || text === this.#told) return undefined;
    this.#told = text;
    return this.#held;
  }

  get #held(): Held {
    return { definition: toPortable(this.#definition), memory: this.#memory };
  }
}

/** The part of a definition that another process can go on with: a probe that is a function of this one it cannot ask. */
export function toPortable(definition: ResolvedTask): ResolvedTask {
  const { ready, alive, ...others } = definition;
  return {
    ...others,
    ...(ready === undefined || ready.check !== undefined ? {} : { ready }),
    ...(alive === undefined || alive.check !== undefined ? {} : { alive }),
  };
}
