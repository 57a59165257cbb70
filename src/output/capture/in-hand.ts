/**
 * The bytes a call was given, while it is under way. Where a fault of ours cuts the call short, what is left of them goes to the next
 * log worker. Nothing is copied before that.
 */

/** The bytes of one call at a time. */
export class InHand {
  #bytes: Buffer | null = null;
  #at = 0;
  #end = 0;

  /** A call begins with `bytes[at, end)`. */
  hold(bytes: Buffer, at: number, end: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** Those of `bytes` before `at` are done with; of other bytes it does not matter. */
  reached(bytes: Buffer, at: number): void {
    if (bytes === this.#bytes) this.#at = at;
  }

  /** The call has done what it should with all of them. */
  done(): void {
    this.#at = this.#end;
  }

  /** A copy of what is left. */
  rest(): Buffer {
    return this.#bytes === null ? Buffer.alloc(0) : Buffer.from(this.#bytes.subarray(this.#at, this.#end));
  }
}
