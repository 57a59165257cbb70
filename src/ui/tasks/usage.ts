/** Processor and memory of tasks that run, sampled while someone looks at them. Keeps the last two minutes. */
import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { ask } from '../server/ask.ts';
import type { Usage } from '../server/json.ts';
import { isPassing } from '../server/patience.ts';

const EVERY_MS = 2_000;
/** Samples of a task that are kept. */
export const MAX_SAMPLES = 60;

/** What a task used at a moment. */
export interface Sample {
  /** Of one processor: 1 is all of it. Null for the first one of a run. */
  readonly cpu: number | null;
  readonly memoryBytes: number;
  readonly processes: number;
}

interface Seen {
  readonly atMs: number;
  readonly cpuSeconds: number;
}

/** Samples by task. */
export class UsageStore {
  readonly #samples = new Map<string, Signal<readonly Sample[]>>();
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** The samples of a task, oldest first; none while it does not run. */
  of(name: string): ReadonlySignal<readonly Sample[]> {
    return this.#signalOf(name);
  }

  /** Samples until it is aborted, but not while the page is not seen. */
  async keep(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      if (!document.hidden) await this.#sample(end);
      await pause(end);
    }
  }

  async #sample(end: AbortSignal): Promise<void> {
    try {
      const { usage } = await ask<{ readonly usage: readonly Usage[] }>('GET', 'usage', { signal: end });
      this.#take(usage, performance.now());
    } catch (error) {
      if (!end.aborted && !isPassing(error)) throw error;
    }
  }

  #take(usage: readonly Usage[], atMs: number): void {
    const before = this.#seen;
    this.#seen = new Map(usage.map(({ task, cpuSeconds }) => [task, { atMs, cpuSeconds }]));
    batch(() => {
      for (const name of before.keys()) if (!this.#seen.has(name)) this.#signalOf(name).value = [];
      for (const each of usage) {
        const samples = this.#signalOf(each.task);
        samples.value = [...samples.value, toSample(each, before.get(each.task), atMs)].slice(-MAX_SAMPLES);
      }
    });
  }

  #signalOf(name: string): Signal<readonly Sample[]> {
    const known = this.#samples.get(name) ?? signal<readonly Sample[]>([]);
    this.#samples.set(name, known);
    return known;
  }
}

/** Processes that ended take their time with them: less than before is not known. */
function toSample({ cpuSeconds, memoryBytes, processes }: Usage, before: Seen | undefined, atMs: number): Sample {
  const isKnown = before !== undefined && cpuSeconds >= before.cpuSeconds && atMs > before.atMs;
  return { cpu: isKnown ? ((cpuSeconds - before.cpuSeconds) * 1_000) / (atMs - before.atMs) : null, memoryBytes, processes };
}

function pause(end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      end.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, EVERY_MS);
    end.addEventListener('abort', done, { once: true });
  });
}
