/** A task whose output is captured by the real session on a clock turned by hand, and followers of its stdout. Nothing here sleeps. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { OutputRecord } from '../../../src/model/output.ts';
import { follow } from '../../../src/output/read/follow.ts';
import type { FollowSources, LogStart } from '../../../src/output/read/follow.ts';
import { FakeClock, Rig } from '../capture/rig.ts';
import type { Pipes } from '../capture/rig.ts';

/** The longest time between the moment a byte came and the one that is noted for it. */
const STEP_MS = 150;

/** A line that was written, with all that a follower should tell of it. */
export interface WrittenLine {
  readonly text: string;
  readonly offset: number;
  readonly time: Date;
  readonly runId: string;
}

/** One task that writes. */
export class CapturedLog {
  readonly rig: Rig;
  readonly clock = new FakeClock();
  readonly lines: WrittenLine[] = [];
  /** Bytes written so far. */
  end = 0;
  readonly #limits: { readonly maxSizeBytes: number; readonly keep: number };
  readonly #listeners = new Set<(end: number) => void>();
  #endFollowing: () => void = () => undefined;
  readonly #ended = new Promise<void>((resolve) => (this.#endFollowing = resolve));
  #pipes: Pipes;
  #run: string;

  constructor(t: TestContext, limits: { readonly maxSizeBytes: number; readonly keep: number }) {
    this.rig = new Rig(t, { clock: this.clock });
    this.#limits = limits;
    const { notices } = this.rig;
    const note = notices.grew.bind(notices);
    notices.grew = (task, kind, end) => {
      note(task, kind, end);
      if (kind === 'stdout') for (const listener of this.#listeners) listener(end);
    };
    this.rig.session.watch('web', true);
    ({ pipes: this.#pipes, run: this.#run } = this.rig.attach(limits));
  }

  /** Folder of the task. */
  get dir(): string {
    return this.rig.dir;
  }

  /** Writes lines at one moment, and resolves when they are in the files and time has passed. */
  async write(count: number, text = (line: number): string => `line ${line} ${'.'.repeat(line % 30)}`): Promise<void> {
    const time = new Date(this.clock.wallMs());
    let bytes = '';
    for (let left = count; left > 0; left -= 1) {
      const line = { text: text(this.lines.length), offset: this.end, time, runId: this.#run };
      this.lines.push(line);
      this.end += Buffer.byteLength(line.text) + 1;
      bytes += `${line.text}\n`;
    }
    this.#pipes.stdout.write(bytes);
    await this.#taken();
  }

  /** Ends the run; the next one begins. */
  async nextRun(): Promise<void> {
    this.#pipes.end();
    await this.rig.ended(this.#run);
    ({ pipes: this.#pipes, run: this.#run } = this.rig.attach(this.#limits));
  }

  /** Follows stdout. */
  follow(start: LogStart): AsyncIterableIterator<OutputRecord> {
    const target = { task: 'web', kind: 'stdout', dir: this.dir, runId: () => this.#run, isAtRest: () => false, start } as const;
    const sources: FollowSources = {
      growth: {
        subscribe: (_task, _kind, listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      memory: () => Promise.reject(new Error('no log of this test is in memory')),
      ended: this.#ended,
    };
    return follow([target], sources);
  }

  /** Nothing will be written any more. */
  async close(): Promise<void> {
    this.#pipes.end();
    await this.rig.ended(this.#run);
    this.clock.advance(STEP_MS);
    this.#endFollowing();
  }

  async #taken(): Promise<void> {
    await this.rig.read(this.end);
    this.clock.advance(STEP_MS);
    assert.deepEqual(this.rig.session.counters('web').stdout, { read: this.end, written: this.end, dropped: 0, pending: 0 });
  }
}

/** A record without its task and stream; a gap by its bytes. */
export function told(record: OutputRecord): WrittenLine | { readonly gap: number } {
  if ('gap' in record) return { gap: record.gap.bytes };
  const { text, offset, time, runId } = record;
  assert.ok(time !== null && runId !== null, `${text} has a time and a run`);
  return { text, offset, time, runId };
}

/** Bytes that a record accounts for, a line with its newline. */
export const bytesOf = (record: OutputRecord): number => ('gap' in record ? record.gap.bytes : Buffer.byteLength(record.text) + 1);
