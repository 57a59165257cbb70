/** One of those who read a log together: what was read and waits for this reader. Reads nothing itself. */
import { encodeBatch, indexOf, isBehind, lastLineOf, type LogBatch, type LogLine } from './log-batch.ts';

/** What one reader may have waiting. It is held once for all of them. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** What a reader tells its group. */
interface Membership {
  /** Nothing waits any more. */
  taken(): void;
  left(): void;
}

/** One reader. */
export class LogMember {
  readonly #group: Membership;
  readonly #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** The line after which it goes on. */
  #line: LogLine;
  /** Whether the group has not come to that line yet. */
  #isAhead = true;
  #told: string | undefined;
  #state: 'reading' | 'behind' | 'ended' | { readonly error: unknown } = 'reading';
  #wake: () => void = () => undefined;

  constructor(line: LogLine, told: string | undefined, group: Membership) {
    this.#line = line;
    this.#told = told;
    this.#group = group;
  }

  /** Whether something waits for this reader. */
  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Where it goes on alone, once `next` gave nothing more; undefined where there is nothing to go on with. */
  get behindAt(): LogLine | undefined {
    return this.#state === 'behind' ? this.#line : undefined;
  }

  /** The run that this reader was told the end of last. */
  get told(): string | undefined {
    return this.#told;
  }

  /** The next event, or undefined when this reader is no member any more. @throws what the reading threw */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#pending.length === 0 && this.#state === 'reading') await new Promise<void>((resolve) => (this.#wake = resolve));
    const bytes = this.#pending.shift();
    this.#pendingBytes -= bytes?.length ?? 0;
    if (this.#pending.length === 0) this.#group.taken();
    if (bytes === undefined && typeof this.#state === 'object') throw this.#state.error;
    return bytes;
  }

  /** Takes what was read; false when it cannot be taken, and this reader is no member any more. */
  give(batch: LogBatch): boolean {
    const news = this.#isAhead ? this.#newsOf(batch) : batch;
    if (news === undefined || (news !== 'passed' && news.endOf !== undefined && news.endOf === this.#told)) return true;
    if (news === 'passed' || this.#pendingBytes + news.bytes.length > MAX_PENDING_BYTES) return this.#leave('behind');
    this.#pending.push(news.bytes);
    this.#pendingBytes += news.bytes.length;
    this.#line = lastLineOf(news.records) ?? this.#line;
    this.#told = news.endOf ?? this.#told;
    this.#wake();
    return true;
  }

  /** Nothing more will be read. */
  end(): void {
    this.#leave('ended');
  }

  /** It cannot be read any more. */
  fail(error: unknown): void {
    this.#leave({ error });
  }

  /** The reader has gone. */
  close(): void {
    this.#pending.length = 0;
    this.#leave('ended');
    this.#group.left();
  }

  #leave(state: 'behind' | 'ended' | { readonly error: unknown }): false {
    if (this.#state === 'reading') this.#state = state;
    this.#wake();
    return false;
  }

  /** What is new in a batch to one who has all up to a line: undefined for nothing, `passed` where the line is not there. */
  #newsOf(batch: LogBatch): LogBatch | 'passed' | undefined {
    const at = indexOf(batch.records, this.#line);
    if (at === -1) {
      const last = lastLineOf(batch.records);
      return last === undefined || isBehind(last, this.#line) ? undefined : 'passed';
    }
    this.#isAhead = false;
    const records = batch.records.slice(at + 1);
    return records.length === 0 ? undefined : encodeBatch(records, batch.id);
  }
}
