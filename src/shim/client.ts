/**
 * The control plane's end of the connection to its shim. Death of the shim fails every waiter and is told once; nothing
 * is retried here, and no output passes through but what was asked for by `memory`.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import type { LogKind } from '../output/layout.ts';
import { readMessages, sendMessage } from './messages.ts';
import { PROTOCOL_VERSION, type FromShim, type MemoryReply, type ShimCall, type SpawnMessage, type ToShim } from './protocol.ts';

/** A call had no answer because the shim is gone. */
export class ShimLostError extends Error {}

/** What the shim reports of one run. */
export type RunFact = Extract<FromShim, { readonly run: string }>;

/** What the shim tells about itself. */
export interface ShimEvents {
  warning(message: string): void;
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
  #isLeaving = false;
  #whyLost = 'the shim ended';

  private constructor(socket: Socket, events: ShimEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /**
   * Connects to the shim at `path` and resolves when it said that it is ready.
   * @throws Error that says why it refused
   */
  static connect(path: string, events: ShimEvents): Promise<ShimClient> {
    return new Promise((resolve, reject) => {
      const socket = connectSocket(path);
      const client = new ShimClient(socket, events);
      const fail = (message: string): void => {
        socket.destroy();
        reject(new Error(message));
      };
      socket.once('error', (error) => fail(`the shim cannot be reached: ${error.message}`));
      socket.once('close', () => reject(new Error('the shim closed the connection')));
      const greet = (message: FromShim): void => {
        if (message.type !== 'ready') return fail(message.type === 'refused' ? message.message : `the shim began with ${message.type}`);
        if (message.protocol !== PROTOCOL_VERSION)
          return fail(`the shim speaks version ${message.protocol}, this runner version ${PROTOCOL_VERSION}`);
        handle = (next) => client.#receive(next);
        socket.once('close', () => client.#closed());
        sendMessage<ToShim>(socket, { type: 'hello', protocol: PROTOCOL_VERSION, pid: process.pid });
        resolve(client);
      };
      let handle = greet;
      readMessages<FromShim>(
        socket,
        (message) => handle(message),
        (problem) => client.#fault(problem),
      );
    });
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
    this.#runs.get(fact.run)?.(fact);
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
