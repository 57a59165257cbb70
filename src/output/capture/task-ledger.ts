/**
 * The numbers of one task that outlive the log worker: they are in memory which the shim's main thread shares, so whatever the thread dies
 * of they go on where they were. Each number has one writer, the present worker. Nothing here waits or locks.
 */
import type { LogKind } from '../layout.ts';
import type { Counters } from './api.ts';

const STREAM_FIELDS = 3;
const MEMORY_AT = { stdout: 2 * STREAM_FIELDS, stderr: 2 * STREAM_FIELDS + 1, combined: 2 * STREAM_FIELDS + 2 } as const;
const FIELDS = 2 * STREAM_FIELDS + 3;

/** Bytes of a stream; pending is what was read and is neither written nor dropped yet. */
export class StreamTally {
  readonly #numbers: Float64Array;

  /** @param numbers three of them: read, written, dropped */
  constructor(numbers: Float64Array = new Float64Array(STREAM_FIELDS)) {
    this.#numbers = numbers;
  }

  get read(): number {
    return this.#numbers[0] ?? 0;
  }

  set read(bytes: number) {
    this.#numbers[0] = bytes;
  }

  get written(): number {
    return this.#numbers[1] ?? 0;
  }

  set written(bytes: number) {
    this.#numbers[1] = bytes;
  }

  get dropped(): number {
    return this.#numbers[2] ?? 0;
  }

  set dropped(bytes: number) {
    this.#numbers[2] = bytes;
  }

  snapshot(): Counters {
    const { read, written, dropped } = this;
    return { read, written, dropped, pending: read - written - dropped };
  }

  /** What was pending went with the worker that had it. @returns how many bytes that were */
  dropPending(): number {
    const { pending } = this.snapshot();
    this.dropped += pending;
    return pending;
  }
}

/** The numbers of one task. */
export class TaskLedger {
  /** What another thread makes the same ledger of. */
  readonly shared: SharedArrayBuffer;
  readonly stdout: StreamTally;
  readonly stderr: StreamTally;
  readonly #numbers: Float64Array;

  /** @param shared memory of another's ledger; without it, memory of its own */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(FIELDS * Float64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#numbers = new Float64Array(shared);
    this.stdout = new StreamTally(this.#numbers.subarray(0, STREAM_FIELDS));
    this.stderr = new StreamTally(this.#numbers.subarray(STREAM_FIELDS, 2 * STREAM_FIELDS));
  }

  /** Bytes of the logs in memory since they began: one number for each, which its log counts on. */
  memoryEnd(kind: LogKind): Float64Array {
    return this.#numbers.subarray(MEMORY_AT[kind], MEMORY_AT[kind] + 1);
  }
}
