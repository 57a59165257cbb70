/**
 * The control plane's end of the connection to its shim. Death of the shim fails every waiter and is told once; nothing
 * is retried here, and no output passes through but what was asked for by `memory`.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import type { LogKind } from '../output/layout.ts';
import { readMessages, sendMessage } from './messages.ts';
import {
  PROTOCOL_VERSION,
  type FromShim,
  type Inherited,
  type MemoryReply,
  type ShimCall,
  type SpawnMessage,
  type ToShim,
} from './protocol.ts';

/** A call had no answer because the shim is gone. */
export class ShimLostError extends Error {}

/** What the shim reports of one run. */
export type RunFact = Extract<FromShim, { readonly run: string }>;

/** Why a shim that is there cannot be spoken to. `leaving`: it takes its tasks down, and is to be waited for. */
export class ShimRefusedError extends Error {
  readonly reason: 'leaving' | 'busy' | 'protocol';

  constructor(reason: 'leaving' | 'busy' | 'protocol', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What the shim tells about itself. */
export interface ShimEvents {
  warning(message: string): void;
  /** At most so many bytes of a log are missing. */
  gap(task: string, stream: LogKind, maxBytes: number): void;
  /** The connection ended without being asked to. Told once; every run is told before. */
  lost(message: string): void;
}

interface Waiter {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A connection to a shim that is ready. */
export class ShimClient {
  readonly #socket: Socket;
  readonly #events: ShimEvents;
  readonly #runs = new Map<string, (fact: RunFact) => void>();
  readonly #waiters = new Map<number, Waiter>();
  readonly #growth = new Map<string, Set<(end: number) => void>>();
  #calls = 0;
  /** The environment it was told last, as JSON. */
  #environment = '';
  /** What became of held runs before whoever goes on with them listens. */
  readonly #early = new Map<string, RunFact[]>();
  #adopted: ((inherited: Inherited) => void) | undefined;
  #isLeaving = false;
  #whyLost = 'the shim ended';

  /** The process of the shim. */
  readonly pid: number;

  private constructor(socket: Socket, events: ShimEvents, pid: number) {
    this.#socket = socket;
    this.#events = events;
    this.pid = pid;
  }

  /**
   * Connects to the shim at `path` and resolves when it said that it is ready.
   * @throws ShimRefusedError; Error when it cannot be reached
   */
  static connect(path: string, events: ShimEvents): Promise<ShimClient> {
    return new Promise((resolve, reject) => {
      const socket = connectSocket(path);
      let client: ShimClient | undefined;
      const fail = (error: Error): void => {
        socket.destroy();
        reject(error);
      };
      socket.once('error', (error) => fail(new Error(`the shim cannot be reached: ${error.message}`)));
      socket.once('close', () => reject(new Error('the shim closed the connection')));
      const greet = (message: FromShim): void => {
        const refusal = refusalOf(message);
        if (message.type !== 'ready' || refusal !== undefined) return fail(refusal ?? new Error(`the shim began with ${message.type}`));
        const greeted = new ShimClient(socket, events, message.pid);
        client = greeted;
        socket.once('close', () => greeted.#closed());
        sendMessage<ToShim>(socket, { type: 'hello', protocol: PROTOCOL_VERSION, pid: process.pid });
        resolve(greeted);
      };
      readMessages<FromShim>(
        socket,
        (message) => (client === undefined ? greet(message) : client.#receive(message)),
        (problem) => (client === undefined ? fail(new Error(problem)) : client.#fault(problem)),
      );
    });
  }

  /**
   * Takes over the runs that the shim holds; each is to be gone on with by {@link ShimClient.resume}.
   * @throws ShimLostError
   */
  adopt(): Promise<Inherited> {
    return new Promise((resolve, reject) => {
      this.#adopted = resolve;
      this.#socket.once('close', () => reject(new ShimLostError(this.#whyLost)));
      this.post({ type: 'adopt' });
    });
  }

  /** Goes on with a run that was taken over: `listener` hears what it missed, and what becomes of it. */
  resume(run: string, listener: (fact: RunFact) => void): void {
    this.#runs.set(run, listener);
    const early = this.#early.get(run) ?? [];
    this.#early.delete(run);
    for (const fact of early) listener(fact);
  }

  /** Tells what a run that inherits inherits, if that is news. */
  inherit(environment: NodeJS.ProcessEnv): void {
    const text = JSON.stringify(environment);
    if (text === this.#environment) return;
    this.#environment = text;
    this.post({ type: 'environment', variables: JSON.parse(text) as Record<string, string> });
  }

  /** Asks for a process; `listener` hears what becomes of the run until it is settled. */
  spawn(message: SpawnMessage, listener: (fact: RunFact) => void): void {
    this.#runs.set(message.run, listener);
    this.post(message);
  }

  /** Sends a message that has no answer of its own. */
  post(message: Exclude<ToShim, { type: 'hello' | 'call' | 'leave' }>): void {
    if (message.type === 'settle') this.#runs.delete(message.run);
    sendMessage<ToShim>(this.#socket, message);
  }

  /** Asks for an answer. @throws ShimLostError when the shim ends before it came */
  call(call: ShimCall): Promise<unknown> {
    if (!this.#socket.writable) return Promise.reject(new ShimLostError(this.#whyLost));
    const id = (this.#calls += 1);
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject });
      sendMessage<ToShim>(this.#socket, { type: 'call', id, call });
    });
  }

  /** The output that a task keeps in memory. */
  async memory(task: string, kind: LogKind): Promise<{ offset: number; bytes: Uint8Array }> {
    const { offset, base64 } = (await this.call({ method: 'memory', task, kind })) as MemoryReply;
    return { offset, bytes: Buffer.from(base64, 'base64') };
  }

  /** Calls `listener` whenever a log of a task grew, from now until the function returned is called. */
  watchGrowth(task: string, kind: LogKind, listener: (end: number) => void): () => void {
    const key = `${task}/${kind}`;
    const listeners = this.#growth.get(key) ?? new Set();
    if (!this.#isWatched(task)) this.#setWatched(task, true);
    this.#growth.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#growth.get(key) !== listeners) return;
      this.#growth.delete(key);
      if (!this.#isWatched(task)) this.#setWatched(task, false);
    };
  }

  /** The planned end: the shim writes everything out and ends. Resolves when it is gone. */
  leave(): Promise<void> {
    this.#isLeaving = true;
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', () => resolve());
      sendMessage<ToShim>(this.#socket, { type: 'leave' });
    });
  }

  /** Ends the connection and leaves the shim with what it holds, once everything that was said has been sent. */
  disconnect(): Promise<void> {
    this.#isLeaving = true;
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#socket.end();
    });
  }

  #isWatched(task: string): boolean {
    return (['stdout', 'stderr', 'combined'] as const).some((kind) => this.#growth.has(`${task}/${kind}`));
  }

  #setWatched(task: string, on: boolean): void {
    // Fails only when the shim is lost, which is told once, elsewhere.
    this.call({ method: 'watch', task, on }).catch(() => undefined);
  }

  #receive(message: FromShim): void {
    switch (message.type) {
      case 'grew':
        for (const listener of this.#growth.get(`${message.task}/${message.kind}`) ?? []) listener(message.end);
        return;
      case 'reply':
        return this.#take(message.id)?.resolve(message.result);
      case 'error':
        return this.#take(message.id)?.reject(new Error(message.message));
      case 'warning':
        return this.#events.warning(message.message);
      case 'adopted':
        for (const { run, facts } of message.runs) this.#early.set(run, [...facts]);
        return this.#adopted?.(message);
      case 'logGap':
        return this.#events.gap(message.task, message.stream, message.maxBytes);
      case 'fault':
      case 'refused':
        return this.#fault(message.message);
      case 'ready':
        return this.#fault('the shim said twice that it is ready');
      default:
        return this.#receiveFact(message);
    }
  }

  #receiveFact(fact: RunFact): void {
    if (typeof fact.run !== 'string') return this.#fault(`unknown message ${JSON.stringify(fact)}`);
    const listener = this.#runs.get(fact.run);
    if (listener === undefined) this.#early.get(fact.run)?.push(fact);
    else listener(fact);
  }

  #take(id: number): Waiter | undefined {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    return waiter;
  }

  #fault(problem: string): void {
    this.#whyLost = problem;
    this.#socket.destroy();
  }

  #closed(): void {
    for (const waiter of this.#waiters.values()) waiter.reject(new ShimLostError(this.#whyLost));
    this.#waiters.clear();
    if (!this.#isLeaving) this.#events.lost(this.#whyLost);
  }
}

/** Why a shim that answered is of no use. A newer version of either side must know the other's protocol; there is none older than the first. */
function refusalOf(message: FromShim): ShimRefusedError | undefined {
  if (message.type === 'refused') return new ShimRefusedError(message.reason, message.message);
  if (message.type !== 'ready' || message.protocol === PROTOCOL_VERSION) return undefined;
  const fix = `close it with the version of dirigent that started it, or end it and its tasks with kill -TERM ${message.pid}`;
  const what = `process ${message.pid} keeps tasks of this data directory and speaks version ${message.protocol} of the protocol`;
  return new ShimRefusedError('protocol', `${what}, this runner version ${PROTOCOL_VERSION}; ${fix}`);
}
