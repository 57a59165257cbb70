/** The signals that ask the command to end, counted: the first asks for order, the next one for haste. Does nothing about them itself. */

/** Ctrl-C, a polite kill, and the terminal that goes away. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Listens from its creation until {@link StopSignals.dispose}. */
export class StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<void>;
  /** Resolves at the second. */
  readonly second: Promise<void>;
  readonly #signals: readonly NodeJS.Signals[];
  #received: NodeJS.Signals | null = null;

  constructor(signals = SIGNALS) {
    this.#signals = signals;
    let asked = (): void => undefined;
    let hurried = (): void => undefined;
    this.first = new Promise((resolve) => (asked = resolve));
    this.second = new Promise((resolve) => (hurried = resolve));
    this.#listener = (signal): void => {
      if (this.#received !== null) return hurried();
      this.#received = signal;
      asked();
    };
    for (const signal of signals) process.on(signal, this.#listener);
  }

  /** The first signal that came, or null. */
  get received(): NodeJS.Signals | null {
    return this.#received;
  }

  /** Gives the signals back their usual meaning. */
  dispose(): void {
    for (const signal of this.#signals) process.off(signal, this.#listener);
  }

  readonly #listener: (signal: NodeJS.Signals) => void;
}
