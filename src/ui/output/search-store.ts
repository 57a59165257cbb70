/** A search in the whole log of a task, done by the server: it may be larger than what the page has. */
import { signal } from '@preact/signals';
import { ask } from '../server/ask.ts';
import type { Found, FoundLine } from '../server/json.ts';
import type { LogName } from './line-store.ts';
import { isCaseMeant } from './marks.ts';

const AT_ONCE = 200;

/** What is looked for. */
export interface Wanted {
  readonly text: string;
  /** Whether it is a regular expression of RE2. */
  readonly isPattern: boolean;
}

/** How a search is. */
export type Search =
  | { readonly state: 'none' }
  | { readonly state: 'searching'; readonly matches: readonly FoundLine[] }
  | { readonly state: 'failed'; readonly message: string; readonly matches: readonly FoundLine[] }
  | { readonly state: 'done'; readonly matches: readonly FoundLine[]; readonly hasMore: boolean };

/** The search of one log. */
export class SearchStore {
  readonly search = signal<Search>({ state: 'none' });
  readonly #log: LogName;
  #asking = new AbortController();
  #wanted: Wanted = { text: '', isPattern: false };
  #cursor: Found['cursor'] | undefined;

  constructor(log: LogName) {
    this.#log = log;
  }

  /** What is looked for now. */
  get wanted(): Wanted {
    return this.#wanted;
  }

  /** Looks for something else; an empty text ends the search. */
  async begin(wanted: Wanted): Promise<void> {
    this.close();
    this.#wanted = wanted;
    this.#cursor = undefined;
    this.search.value = wanted.text === '' ? { state: 'none' } : { state: 'searching', matches: [] };
    if (wanted.text !== '') await this.#ask();
  }

  /** Looks on where it ended. */
  async more(): Promise<void> {
    const { value } = this.search;
    if (value.state !== 'done' || !value.hasMore) return;
    this.search.value = { state: 'searching', matches: value.matches };
    await this.#ask();
  }

  /** Ends it. */
  close(): void {
    this.#asking.abort();
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const before = 'matches' in this.search.value ? this.search.value.matches : [];
    const { text, isPattern } = this.#wanted;
    const query = {
      task: this.#log.task,
      kind: this.#log.kind,
      pattern: text,
      literal: !isPattern,
      ignoreCase: !isCaseMeant(text),
      limit: AT_ONCE,
      cursor: this.#cursor === undefined ? undefined : JSON.stringify(this.#cursor),
    };
    try {
      const { matches, cursor, ended } = await ask<Found>('GET', 'search', { query, signal: asking.signal });
      this.#cursor = cursor;
      this.search.value = { state: 'done', matches: [...before, ...matches], hasMore: ended !== 'all' };
    } catch (error) {
      if (!asking.signal.aborted)
        this.search.value = { state: 'failed', message: error instanceof Error ? error.message : String(error), matches: before };
    }
  }
}
