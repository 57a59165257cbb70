/**
 * Frames of the actor systems of this thread, made while somebody looks on, and kept for who comes later. Unless it keeps frames all the time,
 * it hears nothing of the machines while nobody looks on; it has no timer then. No machine hears of what goes wrong here.
 */
import { randomBytes } from 'node:crypto';
import type { AnyActorRef, EventObject, InspectionEvent } from 'xstate';
import type { FrameSource, Hello } from '../trace/frame.ts';
import { Encoder, type NewFrame } from './encoder.ts';
import { snapshotOf } from './living-actor.ts';
import { MachineNames } from './machine-names.ts';
import { Plainer, type Redact } from './plain.ts';
import { Ring } from './ring.ts';
import { onRootError } from './root-errors.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** What a hub is made with. */
export interface HubOptions {
  readonly source: FrameSource;
  /** How much is kept, about. */
  readonly historyBytes: number;
  /** Whether frames are made while nobody looks on. */
  readonly keeps: boolean;
  readonly redact?: Redact | undefined;
  /** What session ids begin with. */
  readonly prefix?: string;
  /** Told of a fault of ours, the first one. */
  readonly onFault: (error: unknown) => void;
}

/** Frames from elsewhere, such as another thread, asked for while they are wanted and handed in by {@link Hub.emit}. */
export interface Feed {
  start(): void;
  stop(): void;
  /** Sends an event to an actor of its own; false where it has none of this session id. */
  send(session: string, event: EventObject): boolean;
}

/** How long frames are made for somebody who went, and may be back at once: a page that loads anew, a connection that broke. */
const LINGER_MS = 60_000;
/** Between two times when new frames are told: as often as a page can show them. */
const BATCH_MS = 33;
/** Roots that ended and are still there to be looked at. */
const MAX_ENDED_ROOTS = 20;

/** While frames are made. */
interface Running {
  readonly encoder: Encoder;
  readonly ring: Ring;
}

/** Makes frames, and hands them to watches. */
export class Hub {
  /** Names this life: numbers of another one mean nothing. */
  readonly boot = `${process.pid}-${randomBytes(6).toString('base64url')}`;
  readonly names = new MachineNames();
  readonly #options: HubOptions;
  readonly #plainer: Plainer;
  /** The roots, each with what ends the looking at it. */
  readonly #roots = new Map<AnyActorRef, (() => void) | undefined>();
  readonly #feeds = new Set<Feed>();
  readonly #watches = new Set<Watch>();
  #running: Running | undefined;
  /** Of the last frame. */
  #n = 0;
  #batch: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;
  #hasWarned = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#plainer = new Plainer(options.redact);
    if (options.keeps) this.#run();
  }

  /** Looks at a system from now on. Twice is once. @returns ends that */
  attach(root: AnyActorRef): () => void {
    if (!this.#isClosed && !this.#roots.has(root)) {
      this.#forgetEnded();
      this.#roots.set(root, undefined);
      const running = this.#running;
      if (running !== undefined) {
        this.#safely(() => running.encoder.adopt(root, Date.now()));
        this.#observe(root, running);
      }
    }
    return () => this.#detach(root);
  }

  /** Whether a root is looked at already. */
  has(root: AnyActorRef): boolean {
    return this.#roots.has(root);
  }

  /** Begins to look on. What was kept comes first. */
  watch(options: WatchOptions = {}): Watch {
    const { ring } = this.#run();
    clearTimeout(this.#linger);
    const watch = new Watch(ring, this.boot, { ...options, onClose: () => this.#leave(watch) });
    this.#watches.add(watch);
    if (this.#isClosed) watch.close();
    return watch;
  }

  /** Everything as it is now, and what led there as far as it was kept. */
  get ring(): Ring {
    return this.#run().ring;
  }

  /** Sends an event to an actor; false where none that lives has this session id. */
  send(session: string, event: EventObject): boolean {
    const actor = this.#run().encoder.find(session);
    if (actor === undefined) return [...this.#feeds].some((feed) => feed.send(session, event));
    actor.send(event);
    return true;
  }

  /** Takes frames from elsewhere, too. @returns ends that */
  add(feed: Feed): () => void {
    this.#feeds.add(feed);
    if (this.#running !== undefined) feed.start();
    return () => void (this.#feeds.delete(feed) && this.#running !== undefined && feed.stop());
  }

  /** Takes in a frame from elsewhere. */
  readonly emit = (frame: NewFrame, atMs: number, bytes: number): void => {
    if (this.#running === undefined) return;
    this.#running.ring.push({ n: (this.#n += 1), t: atMs, ...frame }, bytes);
    if (this.#watches.size > 0) this.#batch ??= setTimeout(() => this.#tell(), BATCH_MS).unref();
  };

  /** Looks at nothing any more; whoever looks on is told that this was the end. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#linger);
    clearTimeout(this.#batch);
    this.#stop();
    for (const watch of this.#watches) watch.close();
    this.#roots.clear();
  }

  #run(): Running {
    if (this.#running !== undefined) return this.#running;
    // A number of its own: whoever saw the last frame before has missed what came since.
    this.#n += 1;
    const encoder = new Encoder({ plainer: this.#plainer, names: this.names, emit: this.emit, prefix: this.#options.prefix ?? '' });
    for (const root of this.#roots.keys()) this.#safely(() => encoder.adopt(root));
    const running = { encoder, ring: new Ring(this.#hello(encoder), this.#options.historyBytes) };
    this.#running = running;
    for (const root of this.#roots.keys()) this.#observe(root, running);
    for (const feed of this.#feeds) feed.start();
    this.#stopLater();
    return running;
  }

  #hello(encoder: Encoder): Hello {
    const { source } = this.#options;
    const machines = encoder.machines.map(({ g }) => ({ g }));
    return { k: 'hello', v: 1, n: this.#n, t: Date.now(), boot: this.boot, source, machines, actors: encoder.actors() };
  }

  #observe(root: AnyActorRef, { encoder }: Running): void {
    this.#safely(() => {
      const next = (event: InspectionEvent): void => this.#safely(() => encoder.next(event, Date.now()));
      const subscription = root.system.inspect(next);
      const unwatch = onRootError(root, () => this.#safely(() => encoder.failed(root, Date.now())));
      this.#roots.set(root, () => {
        subscription.unsubscribe();
        unwatch();
      });
    });
  }

  #detach(root: AnyActorRef): void {
    this.#roots.get(root)?.();
    if (this.#roots.delete(root)) this.#safely(() => this.#running?.encoder.release(root, Date.now()));
  }

  #leave(watch: Watch): void {
    this.#watches.delete(watch);
    this.#stopLater();
  }

  #stopLater(): void {
    clearTimeout(this.#linger);
    if (this.#watches.size > 0 || this.#options.keeps || this.#isClosed) return;
    this.#linger = setTimeout(() => this.#stop(), LINGER_MS).unref();
  }

  #stop(): void {
    if (this.#running !== undefined) for (const feed of this.#feeds) feed.stop();
    this.#running = undefined;
    clearTimeout(this.#batch);
    this.#batch = undefined;
    for (const [root, end] of this.#roots) {
      end?.();
      this.#roots.set(root, undefined);
    }
  }

  #tell(): void {
    this.#batch = undefined;
    for (const watch of this.#watches) watch.wake();
  }

  #forgetEnded(): void {
    const ended = [...this.#roots.keys()].filter((root) => (snapshotOf(root)?.status ?? 'active') !== 'active');
    for (const root of ended.slice(0, -MAX_ENDED_ROOTS)) this.#detach(root);
  }

  /** A machine must not fail since somebody looks at it. */
  #safely(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!this.#hasWarned) this.#options.onFault(error);
      this.#hasWarned = true;
    }
  }
}
