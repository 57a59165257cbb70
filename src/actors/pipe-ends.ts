/** The read ends of a run's output pipes, held and never read: as long as they are open, its writers outlive the shim that reads them. */
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

/** The ends of one run's pipes. */
export class PipeEnds {
  /** Names of the FIFOs. */
  readonly names: readonly string[];
  readonly #descriptors: number[] = [];

  /**
   * @param maxDescriptors how many descriptors this process may have, the other half of which is for others
   * @throws Error when they cannot be opened, or half of all descriptors are taken
   */
  constructor(dir: string, names: readonly string[], maxDescriptors: number) {
    this.names = names;
    try {
      for (const name of names) {
        const descriptor = openSync(join(dir, name), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
        this.#descriptors.push(descriptor);
        // The kernel hands out the lowest free number, so a high one means that all below are taken.
        if (descriptor >= maxDescriptors / 2)
          throw new Error(`half of the ${maxDescriptors} descriptors of this process are taken; raise its limit (ulimit -n)`);
      }
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
