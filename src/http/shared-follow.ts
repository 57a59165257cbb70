/**
 * Those who follow one log read it together as soon as they are at the same place: it is read, split and encoded once, however many
 * they are. Each begins alone, where it wants to, and goes on alone where it falls behind; who joins and leaves misses no line and gets
 * none twice. Nobody waits for the slowest, and nothing is read that nobody can take.
 */
import { LogGroup } from './log-group.ts';
import type { LogMember } from './log-member.ts';
import { LogSource, type OpenLog } from './log-source.ts';

/** The groups of one server, by log. */
export class SharedFollows {
  readonly #groups = new Map<string, LogGroup>();

  /**
   * One log as encoded events, until it ends or `signal` aborts.
   * @param log - tells one log from others
   * @param first - reads it from where the reader wants to begin
   * @param open - follows it from somewhere else
   */
  async *follow(log: string, first: LogSource, open: OpenLog, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    let source = first;
    let told: string | undefined;
    let current: { close(): void } = source;
    const onAbort = (): void => current.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const { value: batch, done } = await source.next();
        if (done === true) return;
        if (batch.endOf !== undefined && batch.endOf === told) continue; // told before it fell behind
        told = batch.endOf ?? told;
        yield batch.bytes;
        if (signal.aborted) return; // what is closed is nothing to read together
        const member = this.#join(log, source, told);
        if (member === undefined) continue;
        current = member;
        for (let bytes = await member.next(); bytes !== undefined; bytes = await member.next()) yield bytes;
        told = member.told;
        if (member.behindAt === undefined) return;
        if (signal.aborted) return;
        current = source = new LogSource(open, member.behindAt);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      current.close();
    }
  }

  /** Undefined where the reader is not where the others are, and goes on alone. */
  #join(log: string, source: LogSource, told: string | undefined): LogMember | undefined {
    const { place } = source;
    if (place === undefined) return undefined;
    const present = this.#groups.get(log);
    if (present !== undefined) {
      const member = present.join(place.line, told);
      if (member !== undefined) source.close();
      return member;
    }
    const group: LogGroup = new LogGroup(source, place, () => {
      if (this.#groups.get(log) === group) this.#groups.delete(log);
    });
    this.#groups.set(log, group);
    return group.join(place.line, told);
  }
}
