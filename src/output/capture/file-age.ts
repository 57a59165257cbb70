/**
 * When the current file of a log is to be rotated because of its age, or because someone asked. Ages are measured on the
 * monotonic clock: a wall clock that jumps rotates nothing. Nothing here touches a file.
 */
import type { Stats } from 'node:fs';
import type { Clock } from './clock.ts';
import type { LogLimits } from './log-sink.ts';

/** Where a time of the wall clock, such as that of a file, lies on the monotonic one. What seems to be ahead of us is now. */
export const momentOf = (clock: Clock, wallMs: number): number => clock.nowMs() - Math.max(0, clock.wallMs() - wallMs);

/** The age of one current file. */
export class FileAge {
  readonly #clock: Clock;
  readonly #limits: Pick<LogLimits, 'rotateEveryMs'>;
  /** The moment of its first byte; Infinity: it is empty, and never old. */
  #beganMs = Number.POSITIVE_INFINITY;
  #isAsked = false;

  constructor(clock: Clock, limits: Pick<LogLimits, 'rotateEveryMs'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** A file was opened: what it holds began when it was created, or was last written where the file system does not tell that. */
  opened({ size, birthtimeMs, mtimeMs }: Pick<Stats, 'size' | 'birthtimeMs' | 'mtimeMs'>): void {
    const bornMs = birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs;
    this.#beganMs = size === 0 ? Number.POSITIVE_INFINITY : momentOf(this.#clock, bornMs);
    this.#isAsked = false;
  }

  /** The file got its first byte. */
  began(): void {
    this.#beganMs = this.#clock.nowMs();
  }

  /** There is a new file, or will be, and it is empty. */
  startOver(): void {
    this.#beganMs = Number.POSITIVE_INFINITY;
    this.#isAsked = false;
  }

  /** Makes a file that is not empty due now. */
  ask(): void {
    this.#isAsked = this.#beganMs !== Number.POSITIVE_INFINITY;
  }

  /** The moment it is due; Infinity: never. */
  get dueMs(): number {
    if (this.#isAsked) return Number.NEGATIVE_INFINITY;
    return this.#limits.rotateEveryMs > 0 ? this.#beganMs + this.#limits.rotateEveryMs : Number.POSITIVE_INFINITY;
  }

  /** Whether it is due at `nowMs`. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.dueMs;
  }
}
