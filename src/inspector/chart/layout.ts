/**
 * Layouts of machines, each by a thread of its own that ends with it: the engine is large, and thinks for up to seconds, in which the host must go
 * on. One machine at a time, and each once. Nothing is laid out in this thread.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messageOf, TaskError } from '../../errors.ts';
import type { GraphNode, MachineGraph } from '../../trace/graph.ts';
import type { Layout } from '../../trace/layout.ts';
import { LAYOUT_WORKER_MODULE } from '../../util/places.ts';

/** What a thread answers. */
export type LayoutAnswer = { readonly kind: 'layout'; readonly layout: Layout } | { readonly kind: 'failed'; readonly message: string };

/** Limits of an engine. */
export interface LayoutLimits {
  /** The longest time for one machine. @default 30000 */
  readonly deadlineMs?: number;
  /** Most states and transitions of a machine: the time grows faster than they do. @default 1000 */
  readonly maxParts?: number;
  /** Layouts that are remembered. @default 100 */
  readonly maxKept?: number;
}

/** An engine with a memory of its own. */
export class LayoutEngine {
  readonly #limits: Required<LayoutLimits>;
  readonly #kept = new Map<string, Promise<Layout>>();
  /** Settles when the one before is laid out. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #worker: URL;

  /** Starts nothing. @param worker module of the threads, for tests of what happens when they fail */
  constructor({ deadlineMs = 30_000, maxParts = 1000, maxKept = 100 }: LayoutLimits = {}, worker = LAYOUT_WORKER_MODULE) {
    this.#limits = { deadlineMs, maxParts, maxKept };
    this.#worker = worker;
  }

  /**
   * Lays out a machine. Equal graphs are laid out alike.
   * @throws TaskError `ARGUMENT_INVALID` for a machine that is too large, or that the engine cannot place; `TIMED_OUT` when it takes too long
   */
  async layOut(graph: MachineGraph): Promise<Layout> {
    const parts = countStates(graph.root) + graph.transitions.length;
    if (parts > this.#limits.maxParts) {
      const text = `the machine ${graph.id} has ${parts} states and transitions; at most ${this.#limits.maxParts} are drawn`;
      throw new TaskError('ARGUMENT_INVALID', text);
    }
    const key = JSON.stringify(graph);
    return this.#kept.get(key) ?? this.#begin(key, graph);
  }

  #begin(key: string, graph: MachineGraph): Promise<Layout> {
    const layout = this.#turn.then(() => layOutInThread(graph, this.#limits.deadlineMs, this.#worker));
    // A failure is not kept: it may have come of how busy the computer was.
    this.#turn = layout.catch(() => this.#kept.delete(key));
    this.#kept.set(key, layout);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#limits.maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return layout;
  }
}

const shared = new LayoutEngine();

/** Lays out a machine by the engine that this process shares; see {@link LayoutEngine.layOut}. */
export const layOut = (graph: MachineGraph): Promise<Layout> => shared.layOut(graph);

async function layOutInThread(graph: MachineGraph, deadlineMs: number, entry: URL): Promise<Layout> {
  // The process's own arguments are left out: some are refused for a thread.
  const worker = new Worker(entry, { workerData: graph, execArgv: [] });
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const answer = await firstAnswer(worker, deadline);
    if (answer.kind === 'layout') return answer.layout;
    throw new TaskError('ARGUMENT_INVALID', `the machine ${graph.id} cannot be laid out: ${answer.message}`);
  } catch (error) {
    if (TaskError.is(error)) throw error;
    if (deadline.aborted) throw new TaskError('TIMED_OUT', `the machine ${graph.id} could not be laid out within ${deadlineMs} ms`);
    throw new TaskError('INTERNAL', `the thread that lays out machines died: ${messageOf(error)}`, { cause: error });
  } finally {
    await worker.terminate();
  }
}

/** The thread's answer; rejects when it dies before, or the time is up. */
async function firstAnswer(worker: Worker, signal: AbortSignal): Promise<LayoutAnswer> {
  const over = new AbortController();
  try {
    const options = { signal: AbortSignal.any([signal, over.signal]) };
    // `once` rejects for the thread's `error`, too.
    return await Promise.race([
      once(worker, 'message', options).then(([answer]) => answer as LayoutAnswer),
      once(worker, 'exit', options).then(([code]) => Promise.reject<LayoutAnswer>(new Error(`exit code ${code}`))),
    ]);
  } finally {
    over.abort();
  }
}

const countStates = ({ children }: GraphNode): number => 1 + children.reduce((sum, child) => sum + countStates(child), 0);
