/**
 * SIGHUP, which says one of two things to a daemon: that it is to read its configuration anew, or, where it was started in a terminal, that this
 * is gone. Ends and reads nothing itself.
 */
import { isTerminalGone } from '../gone-terminal.ts';

/** Listens from its creation until {@link HangUps.dispose}. */
export class HangUps {
  /** Resolves when the terminal is gone. */
  readonly terminalGone: Promise<void>;
  /** Called for each wish to read the configuration anew. One that comes while the runner opens needs nothing: that reads it. */
  onReload: () => void = () => undefined;
  readonly #listener: () => void;

  constructor() {
    let gone = (): void => undefined;
    this.terminalGone = new Promise((resolve) => (gone = resolve));
    this.#listener = (): void => (isTerminalGone() ? gone() : this.onReload());
    process.on('SIGHUP', this.#listener);
  }

  /** Gives the signal back its usual meaning. */
  dispose(): void {
    process.off('SIGHUP', this.#listener);
  }
}
