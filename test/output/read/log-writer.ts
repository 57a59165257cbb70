/** A writer of one task's logs, as simple as can be: appends, rotates oldest first, counts, and tells. It never reads. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logName, rotatedIndexes } from '../../../src/output/layout.ts';
import type { LogKind } from '../../../src/output/layout.ts';
import { follow } from '../../../src/output/read/follow.ts';
import type { FollowSources, FollowTarget } from '../../../src/output/read/follow.ts';
import type { OutputRecord } from '../../../src/model/output.ts';

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
export class LogWriter {
  readonly dir: string;
  readonly kind: LogKind;
  readonly #keep: number;
  readonly #listeners = new Set<Listener>();
  /** Whether a write tells at once; if not, `tell` does. */
  tellsAtOnce = true;
  /** Bytes of the log since it began. */
  end: number;

  constructor(dir: string, options: { readonly kind?: LogKind; readonly keep?: number } = {}) {
    this.dir = dir;
    this.kind = options.kind ?? 'stdout';
    this.#keep = options.keep ?? 5;
    const sizes = this.#indexes().map((index) => statSync(this.path(index)).size);
    this.end = sizes.reduce((sum, size) => sum + size, 0);
  }

  path(index = 0): string {
    return join(this.dir, logName(this.kind, index));
  }

  write(data: string | Uint8Array): void {
    appendFileSync(this.path(), data);
    this.end += Buffer.byteLength(data);
    if (this.tellsAtOnce) this.tell();
  }

  rotate(): void {
    const oldestFirst = this.#indexes().reverse();
    for (const index of oldestFirst) {
      if (index + 1 > this.#keep) unlinkSync(this.path(index));
      else renameSync(this.path(index), this.path(index + 1));
    }
    writeFileSync(this.path(), '', { flag: 'wx' });
  }

  /** Removes a rotated file, as a limit on the total does. */
  remove(index: number): void {
    rmSync(this.path(index), { force: true });
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

  #indexes(): number[] {
    const rotated = rotatedIndexes(readdirSync(this.dir), this.kind);
    return existsSync(this.path()) ? [0, ...rotated] : rotated;
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
export function followWriters(writers: readonly LogWriter[], signal?: AbortSignal): Rig {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { run: 'r1' as string | null, isAtRest: false };
  const targets = writers.map(({ dir, kind }, index): FollowTarget => ({
    task: `task${index}`,
    kind,
    dir,
    runId: () => state.run,
    isAtRest: () => state.isAtRest,
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
