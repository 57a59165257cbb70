/**
 * Turns blocks of a log, cut anywhere, into chunks of whole lines, so that lines can be searched many at a time. A line that
 * goes through the end of a block is copied, the others stay where they are. Nothing here decodes or matches.
 */

/** Whole lines, the last of them ended with a newline. */
export interface LineChunk {
  /** Position of the first byte in the log. */
  readonly offset: number;
  /** Read before the next block is fed. Of a line over the limit, in a chunk of its own, there is one byte more than the limit. */
  readonly bytes: Buffer;
}

const NEWLINE = 0x0a;
const NEWLINE_BYTES = Buffer.from('\n');

/** The chunks of one log, in order. */
export class LineChunks {
  readonly #maxLineBytes: number;
  /** The line that has begun, so far as it is kept. */
  readonly #held: Buffer;
  #heldBytes = 0;
  #lineOffset = 0;
  #next: number | undefined;

  /** @param maxLineBytes of a line that goes through the end of a block, so many bytes and one more are kept */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
    this.#held = Buffer.allocUnsafe(maxLineBytes + 2);
  }

  /** Where the line begins that is not whole yet, or the next one. */
  get position(): number {
    return this.#heldBytes > 0 ? this.#lineOffset : (this.#next ?? 0);
  }

  /** Takes the next block; what is missing before it ends the line that had begun. */
  *feed(block: Buffer, offset: number): Generator<LineChunk> {
    if (this.#next !== undefined && this.#next !== offset) yield* this.end();
    this.#next = offset + block.length;
    let at = 0;
    if (this.#heldBytes > 0) {
      const newline = block.indexOf(NEWLINE);
      at = newline === -1 ? block.length : newline + 1;
      this.#hold(block.subarray(0, newline === -1 ? at : newline), offset);
      if (newline !== -1) yield* this.end();
    }
    const last = at === block.length ? -1 : block.lastIndexOf(NEWLINE);
    if (last >= at) {
      yield { offset: offset + at, bytes: block.subarray(at, last + 1) };
      at = last + 1;
    }
    this.#hold(block.subarray(at), offset + at);
  }

  /** Ends the line that has begun, if there is one. */
  *end(): Generator<LineChunk> {
    if (this.#heldBytes === 0) return;
    NEWLINE_BYTES.copy(this.#held, this.#heldBytes);
    const bytes = this.#held.subarray(0, this.#heldBytes + 1);
    this.#heldBytes = 0;
    yield { offset: this.#lineOffset, bytes };
  }

  #hold(bytes: Buffer, offset: number): void {
    if (this.#heldBytes === 0) this.#lineOffset = offset;
    const kept = bytes.subarray(0, this.#maxLineBytes + 1 - this.#heldBytes);
    kept.copy(this.#held, this.#heldBytes);
    this.#heldBytes += kept.length;
  }
}
