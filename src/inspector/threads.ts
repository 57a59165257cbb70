/**
 * Actors of other threads: a thread forwards what its actors do over a port, while it is asked to, and the main thread takes it in with its own.
 * The port is for this alone. Both ends of the protocol are here.
 */
import { threadId, type MessagePort } from 'node:worker_threads';
import type { AnyActorRef, EventObject } from 'xstate';
import { messageOf } from '../errors.ts';
import type { Frame, Hello, Line } from '../trace/frame.ts';
import { Hub, type Feed } from './hub.ts';
import type { Redact } from './plain.ts';

/** What the main thread says. */
type Asked =
  | { readonly kind: 'watch' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'send'; readonly session: string; readonly event: EventObject };

/** What the thread says. */
type Told = { readonly kind: 'ready' } | { readonly kind: 'lines'; readonly lines: readonly Line[] };

/** What `forwardTo` takes. */
export interface ForwardOptions {
  /** As that of `createInspector`: what is redacted here does not leave the thread. */
  readonly redact?: Redact;
}

/** Forwards actors. */
export interface Forwarder {
  /** Looks at the system of a root actor. @returns ends that */
  attach(root: AnyActorRef): () => void;
  /** Ends it. */
  close(): void;
}

/** While nobody looks on, nothing is kept in a thread; this is for one who comes back. */
const HISTORY_BYTES = 1 << 20;

/** Lets the inspector at the other end of `port` look at actors of this thread. */
export function forwardTo(port: MessagePort, { redact }: ForwardOptions = {}): Forwarder {
  const onFault = (error: unknown): void => process.emitWarning(`the inspector met a fault: ${messageOf(error)}`);
  const source = { name: `thread ${threadId}`, pid: process.pid, node: process.version };
  const hub = new Hub({ source, redact, historyBytes: HISTORY_BYTES, keeps: false, prefix: `${threadId}:`, onFault });
  let leave: () => void = () => undefined;
  const watch = (): void => {
    leave();
    leave = forward(hub, port, onFault);
  };
  port.on('message', (asked: Asked) => {
    if (asked.kind === 'watch') watch();
    else if (asked.kind === 'leave') leave();
    else hub.send(asked.session, asked.event);
  });
  port.unref();
  port.postMessage({ kind: 'ready' } satisfies Told);
  const close = (): void => {
    leave();
    hub.close();
    port.close();
  };
  return { attach: (root) => hub.attach(root), close };
}

function forward(hub: Hub, port: MessagePort, onFault: (error: unknown) => void): () => void {
  const watch = hub.watch({ past: false });
  const follow = async (): Promise<void> => {
    while (!watch.isClosed) {
      const { lines } = watch.take();
      if (lines.length > 0) port.postMessage({ kind: 'lines', lines } satisfies Told);
      await watch.more();
    }
  };
  follow().catch(onFault);
  return () => watch.close();
}

/** Takes in the actors of the thread at the other end of `port`. @returns ends that */
export function attachPort(hub: Hub, port: MessagePort): () => void {
  const thread = new ThreadFeed(hub, port);
  const remove = hub.add(thread);
  port.on('message', (told: Told) => {
    if (told.kind === 'lines') for (const line of told.lines) thread.take(line);
    else thread.ready();
  });
  port.once('close', () => {
    remove();
    thread.end();
  });
  port.unref();
  return () => port.close();
}

/** The actors of one thread, in the main thread. */
class ThreadFeed implements Feed {
  readonly #hub: Hub;
  readonly #say: (asked: Asked) => void;
  /** Session ids of those that live there. */
  readonly #living = new Set<string>();
  /** The ids that machines of the thread have here, by those that they have there. */
  readonly #machines = new Map<string, string>();
  #isWanted = false;

  constructor(hub: Hub, port: MessagePort) {
    this.#hub = hub;
    this.#say = (asked) => port.postMessage(asked);
  }

  start(): void {
    this.#isWanted = true;
    this.#living.clear();
    this.#say({ kind: 'watch' });
  }

  stop(): void {
    this.#isWanted = false;
    this.#say({ kind: 'leave' });
  }

  send(session: string, event: EventObject): boolean {
    if (!this.#living.has(session)) return false;
    this.#say({ kind: 'send', session, event });
    return true;
  }

  /** The thread listens now; what was said before it did may be lost. */
  ready(): void {
    if (this.#isWanted) this.start();
  }

  take(line: Line): void {
    if (line.k === 'hello') return this.#begin(line);
    if (line.k === 'machine') return this.#meet(line.g, line.t);
    if (line.k === 'actor') this.#living.add(line.a.s);
    if (line.k === 'tx' && line.st !== undefined && line.st !== 'active') this.#living.delete(line.s);
    this.#emit(line);
  }

  /** The thread is gone, and its actors with it. */
  end(): void {
    for (const session of this.#living) this.#stopped(session, Date.now());
    this.#living.clear();
  }

  /** Those that were known and are told no more ended meanwhile. */
  #begin({ machines, actors, t }: Hello): void {
    for (const { g } of machines) this.#meet(g, t);
    const told = new Set(actors.map(({ s }) => s));
    for (const session of this.#living) if (!told.has(session)) this.#stopped(session, t);
    this.#living.clear();
    for (const a of actors) {
      if (a.st === 'active') this.#living.add(a.s);
      this.#emit({ n: 0, t, k: 'actor', a });
    }
  }

  #meet(graph: Extract<Frame, { k: 'machine' }>['g'], atMs: number): void {
    const named = this.#hub.names.name(graph);
    if (named === undefined) return;
    this.#machines.set(graph.id, named.id);
    this.#hub.emit({ k: 'machine', g: named }, atMs, JSON.stringify(named).length);
  }

  #emit({ n: _n, t, ...frame }: Frame): void {
    const here = frame.k === 'actor' && frame.a.m !== undefined ? this.#machines.get(frame.a.m) : undefined;
    const mapped = frame.k === 'actor' && here !== undefined ? { ...frame, a: { ...frame.a, m: here } } : frame;
    this.#hub.emit(mapped, t, JSON.stringify(frame).length);
  }

  #stopped(session: string, atMs: number): void {
    this.#hub.emit({ k: 'tx', s: session, e: { type: 'xstate.stop' }, tr: [], st: 'stopped' }, atMs, 100);
  }
}
