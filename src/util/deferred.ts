/** A promise that is resolved from outside. */

/** A promise and the function that resolves it. */
export class Deferred {
  readonly promise: Promise<void>;
  #resolve: () => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Resolves the promise; only the first call counts. */
  resolve(): void {
    this.#resolve();
  }
}
