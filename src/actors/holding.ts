/** What the shim keeps of one run for the next runner, and whether it does: the run's definition, and what its machine remembers. Sends nothing itself. */
import type { TaskMemory } from '../../machines/task.types.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { Held } from '../shim/protocol.ts';

/** One run, as it is handed on. */
export class Holding {
  readonly #definition: ResolvedTask;
  #memory: TaskMemory;
  #isHeld: boolean;
  /** What the shim has, as JSON. */
  #told = '';

  /** @param isHeld whether the shim holds it already, though its definition may not say so */
  constructor(definition: ResolvedTask, memory: TaskMemory, isHeld: boolean) {
    this.#definition = definition;
    this.#memory = memory;
    this.#isHeld = isHeld || definition.onSupervisorCrash === 'keep';
  }

  /** Whether the run outlives this process. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** It does from now on. */
  begin(): void {
    this.#isHeld = true;
  }

  /** What is handed on, from the beginning of the run; undefined when nothing is. */
  take(): Held | undefined {
    return this.renew(this.#memory);
  }

  /** The same, for a machine that remembers other things now; undefined when that is no news. */
  renew(memory: TaskMemory): Held | undefined {
    this.#memory = memory;
    if (!this.#isHeld) return undefined;
    const text = JSON.stringify(memory);
    if (text === this.#told) return undefined;
    this.#told = text;
    return this.#held;
  }

  /** The same, for a shim that knows nothing. */
  get all(): { readonly held?: Held } {
    return this.#isHeld ? { held: this.#held } : {};
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
