/**
 * Readers of one log who read together. As fast as the fastest of them: one that is too far behind leaves, with what it was given already,
 * and goes on alone. Ends when nobody is left.
 */
import { LogMember } from './log-member.ts';
import { indexOf, isBehind, lastLineOf, type LogBatch, type LogLine } from './log-batch.ts';
import type { LogSource } from './log-source.ts';

/** What is kept of what was read last, for those who join. */
const MAX_RECENT_BYTES = 512 * 1024;

/** The readers. */
export class LogGroup {
  readonly #source: LogSource;
  readonly #onEnd: () => void;
  readonly #members = new Set<LogMember>();
  readonly #recent: LogBatch[] = [];
  #recentBytes = 0;
  #last: LogLine;
  #makeRoom: () => void = () => undefined;

  /** Goes on with `source`, which is at a line. */
  constructor(source: LogSource, { line, batches }: NonNullable<LogSource['place']>, onEnd: () => void) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#last = line;
    for (const batch of batches) this.#keep(batch);
    // It begins a turn later: the one who made it has joined by then.
    setImmediate(() => void this.#read());
  }

  /**
   * Adds a reader that has all up to a line: one that is kept here, or a later one of the same run. Undefined where it is neither,
   * and others must be read before.
   * @param told - the run that it was told the end of last
   */
  join(line: LogLine, told: string | undefined): LogMember | undefined {
    const at = this.#recent.findIndex(({ records }) => indexOf(records, line) !== -1);
    if (at === -1 && !isBehind(this.#last, line)) return undefined;
    const member = new LogMember(line, told, {
      taken: () => this.#makeRoom(),
      left: () => this.#remove(member),
    });
    if (at !== -1) for (const batch of this.#recent.slice(at)) member.give(batch);
    this.#members.add(member);
    return member;
  }

  async #read(): Promise<void> {
    try {
      for (let next = await this.#source.next(); next.done !== true && this.#members.size > 0; next = await this.#source.next()) {
        this.#keep(next.value);
        for (const member of this.#members) if (!member.give(next.value)) this.#members.delete(member);
        await this.#room();
        if (this.#members.size === 0) return;
      }
      for (const member of this.#members) member.end();
    } catch (error) {
      for (const member of this.#members) member.fail(error);
    } finally {
      this.#end();
    }
  }

  /** Resolves when a reader has nothing waiting, or none is left. */
  async #room(): Promise<void> {
    while (this.#members.size > 0 && [...this.#members].every(({ hasPending }) => hasPending))
      await new Promise<void>((resolve) => (this.#makeRoom = resolve));
  }

  #remove(member: LogMember): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#end();
  }

  #end(): void {
    this.#onEnd();
    this.#source.close();
    this.#makeRoom();
  }

  #keep(batch: LogBatch): void {
    this.#last = lastLineOf(batch.records) ?? this.#last;
    this.#recent.push(batch);
    this.#recentBytes += batch.bytes.length;
    while (this.#recent.length > 1 && this.#recentBytes > MAX_RECENT_BYTES) this.#recentBytes -= this.#recent.shift()?.bytes.length ?? 0;
  }
}
