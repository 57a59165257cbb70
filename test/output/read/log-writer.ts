/** A writer of one log with an index that keeps so many rotated files and tells of its growth, and a follower of several. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressedIndexes, rotatedIndexes } from '../../../src/output/layout.ts';
import type { LogKind } from '../../../src/output/layout.ts';
import { follow } from '../../../src/output/read/follow.ts';
import type { FollowSources, FollowTarget, LogStart } from '../../../src/output/read/follow.ts';
import type { OutputRecord } from '../../../src/model/output.ts';
import { IndexedWriter } from './indexed-writer.ts';

/** A folder for one test file; `remove` it in `after`. */
export function temporary(): { readonly path: string; readonly dir: () => string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'read-'));
  let count = 0;
  const dir = (): string => {
    const made = join(path, String((count += 1)));
    mkdirSync(made);
    return made;
  };
  return { path, dir, remove: () => rmSync(path, { recursive: true }) };
}

/** Files under `dir` that this process has open, proc(5). */
export const openIn = (dir: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter((path) => path.startsWith(`${dir}/`));
    } catch {
      return []; // the descriptor of the listing itself
    }
  });

type Listener = (end: number) => void;

/** One log that is written, and the notices of its growth. */
export class LogWriter extends IndexedWriter {
  readonly #keep: number;
  readonly #listeners = new Set<Listener>();
  /** Whether a write tells at once; if not, `tell` does. */
  tellsAtOnce = true;

  /** Goes on with the files there are. */
  constructor(dir: string, options: { readonly kind?: LogKind; readonly keep?: number } = {}) {
    super(dir, options.kind);
    this.#keep = options.keep ?? 5;
    const rotated = rotatedIndexes(readdirSync(dir), this.kind).map((index) => statSync(this.path(index)).size);
    this.fileStart = rotated.reduce((sum, size) => sum + size, 0);
    this.end = this.fileStart + (existsSync(this.path()) ? statSync(this.path()).size : 0);
  }

  override write(data: string | Uint8Array): void {
    super.write(data);
    if (this.tellsAtOnce) this.tell();
  }

  override rotate(): void {
    super.rotate();
    const names = readdirSync(this.dir);
    const rotated = new Set([...rotatedIndexes(names, this.kind), ...compressedIndexes(names, this.kind)]);
    for (const index of rotated) if (index > this.#keep) this.remove(index);
  }

  tell(): void {
    for (const listener of this.#listeners) listener(this.end);
  }

  /** How many follow. */
  get listeners(): number {
    return this.#listeners.size;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A follower of `writers`, what ends it, and what sets the run. */
export interface Rig {
  readonly records: AsyncIterableIterator<OutputRecord>;
  readonly end: () => void;
  /** The run of every task is over. */
  readonly settle: () => void;
  run: string | null;
}

/** Follows writers under the names `task0`, `task1`, … */
export function followWriters(writers: readonly LogWriter[], signal?: AbortSignal, start?: LogStart): Rig {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { run: 'r1' as string | null, isAtRest: false };
  for (const writer of writers) writer.runBegins('r1');
  const targets = writers.map(({ dir, kind }, index): FollowTarget => ({
    task: `task${index}`,
    kind,
    dir,
    runId: () => state.run,
    isAtRest: () => state.isAtRest,
    start,
  }));
  const wakers: (() => void)[] = [];
  const sources: FollowSources = {
    growth: {
      subscribe: (task, _kind, listener) => {
        wakers.push(() => listener());
        return writers[Number(task.slice(4))]?.subscribe(listener) ?? (() => undefined);
      },
    },
    memory: () => Promise.reject(new Error('no log of this test is in memory')),
    ended,
  };
  const records = follow(targets, sources, { signal });
  return {
    records,
    end,
    settle: () => {
      state.isAtRest = true;
      for (const wake of wakers) wake();
    },
    get run() {
      return state.run;
    },
    set run(run) {
      state.run = run;
      if (run !== null) for (const writer of writers) writer.runBegins(run);
    },
  };
}

/** The next `count` records. */
export async function take(records: AsyncIterator<OutputRecord>, count: number): Promise<OutputRecord[]> {
  const taken: OutputRecord[] = [];
  while (taken.length < count) {
    const { done, value } = await records.next();
    if (done === true) throw new Error(`the iteration ended after ${taken.length} records, expected ${count}`);
    taken.push(value);
  }
  return taken;
}

/** All records until the end. */
export async function rest(records: AsyncIterable<OutputRecord>): Promise<OutputRecord[]> {
  const taken: OutputRecord[] = [];
  for await (const record of records) taken.push(record);
  return taken;
}

/** The text of a line, or a note of a gap. */
export const shown = (record: OutputRecord): string => ('gap' in record ? `<gap ${record.gap.bytes}>` : record.text);
