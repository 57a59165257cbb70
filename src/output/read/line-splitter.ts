/**
 * Cuts a growing log into lines, one at a time and only when asked, so that what is buffered is one block and one line.
 * Nothing here decodes, and a line that never ends costs no more memory than the longest one that is shown.
 */

/** One line of a log, without its newline. */
export interface RawLine {
  /** Position of the first byte in the log. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Whether `bytes` is only the beginning of the line. */
  readonly truncated: boolean;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** The lines of one log, in order. */
export class LineSplitter {
  readonly #maxBytes: number;
  #block: Buffer = NOTHING;
  #blockOffset = 0;
  #at = 0;
  /** Beginning of a line that went through the end of a block. */
  #held: Buffer = NOTHING;
  #lineOffset = 0;
  #skipping = false;

  /** Lines over `maxBytes` are given once, with their first `maxBytes` bytes, as soon as they are that long. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a line has begun whose end is not known. */
  get isMidLine(): boolean {
    return this.#held.length > 0 || this.#skipping;
  }

  /** Position of the line that has begun; only while {@link LineSplitter.isMidLine}. */
  get lineOffset(): number {
    return this.#lineOffset;
  }

  /**
   * Takes the next block; the one before must have been used up. `block` is read until `next` returned undefined.
   * @param offset position of the block's first byte in the log
   */
  feed(block: Buffer, offset: number): void {
    if (!this.isMidLine) this.#lineOffset = offset;
    this.#block = block;
    this.#blockOffset = offset;
    this.#at = 0;
  }

  /** The next line, or undefined when the block holds no end of one. */
  next(): RawLine | undefined {
    while (this.#at < this.#block.length) {
      const newline = this.#block.indexOf(NEWLINE, this.#at);
      const stop = newline === -1 ? this.#block.length : newline;
      if (!this.#skipping && this.#held.length + stop - this.#at > this.#maxBytes) return this.#takeBeginning();
      if (newline !== -1) {
        const line = this.#endLine(newline);
        if (line !== undefined) return line;
        continue;
      }
      this.#hold(stop);
    }
    this.#block = NOTHING;
    this.#at = 0;
    return undefined;
  }

  /** Ends the line that has begun, newline or not. Undefined when there is none, or when it was given already. */
  flush(truncated = false): RawLine | undefined {
    const bytes = this.#held;
    this.#held = NOTHING;
    this.#skipping = false;
    return bytes.length === 0 ? undefined : { offset: this.#lineOffset, bytes, truncated };
  }

  #takeBeginning(): RawLine {
    const missing = this.#maxBytes - this.#held.length;
    const bytes = Buffer.concat([this.#held, this.#block.subarray(this.#at, this.#at + missing)]);
    this.#at += missing;
    this.#held = NOTHING;
    this.#skipping = true;
    return { offset: this.#lineOffset, bytes, truncated: true };
  }

  #endLine(newline: number): RawLine | undefined {
    const rest = this.#block.subarray(this.#at, newline);
    const line = this.#skipping
      ? undefined
      : { offset: this.#lineOffset, bytes: this.#held.length === 0 ? rest : Buffer.concat([this.#held, rest]), truncated: false };
    // The line's length is not counted where it was skipped: the next one begins where the block says.
    this.#lineOffset = this.#blockOffset + newline + 1;
    this.#at = newline + 1;
    this.#held = NOTHING;
    this.#skipping = false;
    return line;
  }

  #hold(stop: number): void {
    if (!this.#skipping) this.#held = Buffer.concat([this.#held, this.#block.subarray(this.#at, stop)]);
    this.#at = stop;
  }
}
