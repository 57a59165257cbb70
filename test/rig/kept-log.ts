/** A log in memory, and readers of it as a server has them: for tests that choose what is read when. Keeps all of it. */
import assert from 'node:assert/strict';
import type { EndOfRun } from '../../src/http/log-batch.ts';
import { LogSource, type OpenLog } from '../../src/http/log-source.ts';
import type { SharedFollows } from '../../src/http/shared-follow.ts';
import type { OutputRecord } from '../../src/index.ts';

/** A log that is kept whole, and counts what is read of it. */
export class KeptLog {
  readonly #records: (OutputRecord | EndOfRun)[] = [];
  #waiting: (() => void)[] = [];
  #offset = 0;
  #isOver = false;
  #error: Error | undefined;
  opened = 0;
  open = 0;
  reads = 0;

  get length(): number {
    return this.#records.length;
  }

  write(text: string, runId = 'run'): void {
    this.#add({ task: 'job', stream: 'stdout', text, time: null, offset: this.#offset, runId });
    this.#offset += text.length + 1;
  }

  gap(bytes: number): void {
    this.#offset += bytes;
    this.#add({ task: 'job', stream: 'combined', gap: { bytes } });
  }

  /** A run is over, and all that it wrote is there. */
  endRun(runId: string): void {
    this.#add({ task: 'job', runId });
  }

  /** Offsets begin anew, as those of a task do that was removed with its logs. */
  purge(): void {
    this.#offset = 0;
  }

  end(error?: Error): void {
    this.#isOver = true;
    this.#error = error;
    this.#tell();
  }

  texts(from = 0): string[] {
    return this.#records.slice(from).map(toText);
  }

  /** Follows from its present end, or after the last line with an offset. */
  readonly follow: OpenLog = (after, { signal, onCaughtUp }) => {
    this.opened += 1;
    const at = this.#records.findLastIndex((record) => 'offset' in record && record.offset === after);
    return this.#read(after === undefined ? this.length : at + 1, signal, onCaughtUp);
  };

  async *#read(first: number, signal: AbortSignal, onCaughtUp: Parameters<OpenLog>[1]['onCaughtUp']): AsyncGenerator<OutputRecord, void> {
    const wake = (): void => this.#tell();
    signal.addEventListener('abort', wake);
    this.open += 1;
    try {
      for (let at = first; ; at += 1) {
        while (at >= this.length && !this.#isOver && !signal.aborted) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        signal.throwIfAborted();
        const record = this.#records[at];
        if (record === undefined && this.#error !== undefined) throw this.#error;
        if (record === undefined) return;
        this.reads += 1;
        if ('gap' in record || 'offset' in record) yield record;
        else onCaughtUp?.(record.task, record.runId);
      }
    } finally {
      this.open -= 1;
      signal.removeEventListener('abort', wake);
    }
  }

  #add(record: OutputRecord | EndOfRun): void {
    this.#records.push(record);
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

function toText(record: OutputRecord | EndOfRun): string {
  if ('gap' in record) return `gap of ${record.gap.bytes}`;
  return 'text' in record ? `${record.runId}: ${record.text}` : `end of ${record.runId}`;
}

/** One who reads event by event. */
export class LogReader {
  readonly #gone = new AbortController();
  readonly #events: AsyncGenerator<Uint8Array, void, void>;
  readonly texts: string[] = [];
  lastId: string | undefined;

  constructor(follows: SharedFollows, log: KeptLog) {
    this.#events = follows.follow('job', new LogSource(log.follow, undefined), log.follow, this.#gone.signal);
  }

  /** Reads one event. False at the end. */
  async read(): Promise<boolean> {
    const { value, done } = await this.#events.next();
    if (done === true) return false;
    const [, id, data = ''] = /^event: (?:records|caughtUp)\n(?:id: (.*)\n)?data: (.*)\n\n$/.exec(Buffer.from(value).toString()) ?? [];
    this.texts.push(...[JSON.parse(data) as EndOfRun | OutputRecord[]].flat().map(toText));
    this.lastId = id ?? this.lastId;
    return true;
  }

  async readAll(): Promise<void> {
    while (await this.read());
  }

  async readUntil(count: number): Promise<void> {
    while (this.texts.length < count) assert.ok(await this.read());
  }

  leave(): void {
    this.#gone.abort();
  }
}
