/** What `tasks.json` holds, in memory and on disk: also definitions that a file or code replaces in this process, so that writing it loses none. Resolves none of them. */
import type { TaskDefinition } from '../model/definition.ts';
import type { OwnedDir } from '../util/owned-dir.ts';
import { saveTaskStore } from './task-store.ts';

/** The definitions that outlive the runner, as their authors wrote them. */
export class KeptTasks {
  readonly #dir: OwnedDir;
  #inputs: ReadonlyMap<string, TaskDefinition>;

  constructor(dir: OwnedDir, inputs: readonly TaskDefinition[]) {
    this.#dir = dir;
    this.#inputs = new Map(inputs.map((input) => [input.name, input]));
  }

  /** What is kept under a name, or undefined. */
  get(name: string): TaskDefinition | undefined {
    return this.#inputs.get(name);
  }

  /** Keeps a definition. Written before it counts: what cannot be kept is refused. @throws TaskError `DATA_DIR_UNUSABLE`, `DATA_DIR_UNSAFE` */
  set(input: TaskDefinition): void {
    this.#save(new Map(this.#inputs).set(input.name, input));
  }

  /** Keeps the definition of this name no more. @throws TaskError as {@link KeptTasks.set} */
  delete(name: string): void {
    const inputs = new Map(this.#inputs);
    if (inputs.delete(name)) this.#save(inputs);
  }

  #save(inputs: ReadonlyMap<string, TaskDefinition>): void {
    saveTaskStore(this.#dir, [...inputs.values()]);
    this.#inputs = inputs;
  }
}
