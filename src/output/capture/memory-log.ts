/** The last bytes of a log that is not kept on disk, in a ring that grows as it is needed. Nothing here touches a file. */
import { MEMORY_BYTES } from '../layout.ts';
import { dropNote } from './drop-note.ts';
import { NEWLINE } from './line-ends.ts';
import type { LogSink } from './log-sink.ts';

const FIRST_BYTES = 4096;

/** A log in memory: it drops its oldest bytes, and counts them. */
export class MemoryLog implements LogSink {
  readonly pressure = null;
  readonly #maxBytes: number;
  #ring = Buffer.alloc(0);
  /** Where the oldest byte lies in the ring. */
  #first = 0;
  #length = 0;
  /** One number: bytes since it began. */
  readonly #end: Float64Array;
  #atLineStart = true;

  /**
   * @param maxBytes how much is kept at most, 1 MiB by default
   * @param end where its bytes are counted; what it tells already was there before
   */
  constructor(maxBytes: number = MEMORY_BYTES, end: Float64Array = new Float64Array(1)) {
    this.#maxBytes = maxBytes;
    this.#end = end;
  }

  get endBytes(): number {
    return this.#end[0] ?? 0;
  }

  unwritten(): Uint8Array {
    return new Uint8Array();
  }

  noteGap(maxBytes: number, reason: string): void {
    const note = dropNote(maxBytes, reason, this.#atLineStart, true);
    this.append(note, 0, note.length);
  }

  /** Takes over what another log with the same end had kept. */
  restore(kept: Uint8Array): void {
    const bytes = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
    this.#keep(bytes, 0, bytes.length);
  }

  get atLineStart(): boolean {
    return this.#atLineStart;
  }

  append(bytes: Buffer, start: number, end: number): number {
    this.#keep(bytes, start, end);
    this.#end[0] = this.endBytes + end - start;
    return 0;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    if (end <= start) return;
    // Of a piece larger than the ring only its end can stay.
    const from = Math.max(start, end - this.#maxBytes);
    this.#reserve(end - from);
    this.#put(bytes, from, end);
    this.#atLineStart = bytes[end - 1] === NEWLINE;
  }

  /** Position of the first byte kept, and a copy of what is kept. */
  read(): { readonly offset: number; readonly bytes: Uint8Array<ArrayBuffer> } {
    const bytes = new Uint8Array(this.#length);
    const head = this.#ring.subarray(this.#first, Math.min(this.#first + this.#length, this.#ring.length));
    bytes.set(head);
    bytes.set(this.#ring.subarray(0, this.#length - head.length), head.length);
    return { offset: this.endBytes - this.#length, bytes };
  }

  settle(): true {
    return true;
  }

  startOver(): void {
    this.#first = 0;
    this.#length = 0;
    this.#atLineStart = true;
  }

  close(): void {
    this.#ring = Buffer.alloc(0);
    this.startOver();
  }

  /** Doubles the ring until what is there and `count` more fit, or it is as large as it may be. */
  #reserve(count: number): void {
    const wanted = Math.min(this.#length + count, this.#maxBytes);
    if (wanted <= this.#ring.length) return;
    let size = Math.max(this.#ring.length, FIRST_BYTES);
    while (size < wanted) size *= 2;
    const ring = Buffer.allocUnsafeSlow(Math.min(size, this.#maxBytes));
    ring.set(this.read().bytes);
    this.#ring = ring;
    this.#first = 0;
  }

  #put(bytes: Buffer, from: number, end: number): void {
    const size = this.#ring.length;
    const at = (this.#first + this.#length) % size;
    const straight = Math.min(end - from, size - at);
    bytes.copy(this.#ring, at, from, from + straight);
    bytes.copy(this.#ring, 0, from + straight, end);
    const surplus = Math.max(0, this.#length + (end - from) - size);
    this.#first = (this.#first + surplus) % size;
    this.#length += end - from - surplus;
  }
}
