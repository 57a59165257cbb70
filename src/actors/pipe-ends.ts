/** The read ends of a run's output pipes, held and never read: as long as they are open, its writers outlive the shim that reads them. */
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

/** The ends of one run's pipes. */
export class PipeEnds {
  /** Names of the FIFOs. */
  readonly names: readonly string[];
  readonly #descriptors: number[] = [];

  /** @throws Error when they cannot be opened, for example because this process has no descriptors left */
  constructor(dir: string, names: readonly string[]) {
    this.names = names;
    try {
      for (const name of names)
        this.#descriptors.push(openSync(join(dir, name), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Safe to call twice. */
  close(): void {
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }
}
