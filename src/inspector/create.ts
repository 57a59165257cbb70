/**
 * An inspector for anyone's actors: hears what they do, and shows it. It changes nothing about them; what goes wrong in it is a warning of the
 * process, and no actor hears of it.
 */
import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { MessagePort } from 'node:worker_threads';
import { messageOf, TaskError } from '../errors.ts';
import type { Line } from '../trace/frame.ts';
import { Size } from '../model/quantity.ts';
import { Inspection } from './inspection.ts';
import { livingOf, type LivingActor } from './living-actor.ts';
import type { Redact } from './plain.ts';
import { recordTo } from './record.ts';
import { createSite, type Fetch } from './site.ts';
import { serveSite, type ServedSite, type SiteOptions } from './site-server.ts';
import { attachPort } from './threads.ts';
import type { Watch } from './watch.ts';

/** What `createInspector` takes. */
export interface InspectorOptions {
  /** What is looked at, for people. @default 'actors' */
  readonly name?: string;
  /** What becomes of a value before it is told, beside the values of secret-looking keys, which are never told. */
  readonly redact?: Redact;
  /**
   * How much of what happened is kept in memory, about: `'16MiB'`, or a number of bytes. `false` keeps nothing while nobody looks on, and costs
   * nothing then.
   * @default '16MiB'
   */
  readonly history?: string | number | false;
  /** Whether whoever looks on may send events to actors. @default false */
  readonly allowSend?: boolean;
  /** Told of a fault of the inspector, the first one. @default it is a warning of the process */
  readonly onFault?: (error: unknown) => void;
}

/** Looks at actors. */
export interface Inspector {
  /** For the option `inspect` of `createActor`, and for `system.inspect`. */
  readonly inspect: (event: InspectionEvent) => void;
  /** Looks at the system of a root actor, which may run already. @returns ends that */
  attach(root: AnyActorRef): () => void;
  /** Looks at the actors of another thread, which calls `forwardTo` with the other end of this port. @returns ends that */
  attachPort(port: MessagePort): () => void;
  /** Answers the requests of the page, and its files, for a server of your own; whoever reaches it by a loopback host may look on. */
  readonly fetch: Fetch;
  /** Serves the page on this machine. @throws TaskError `ARGUMENT_INVALID`, `DATA_DIR_BUSY` for a port that is taken */
  listen(options?: SiteOptions): Promise<ServedSite>;
  /** Calls `listener` with lines as they come, after what was kept. What it throws is a fault. @returns ends that */
  onLines(listener: (lines: readonly Line[]) => void): () => void;
  /** Writes what happens to a file, one JSON object a line, after what was kept. @returns ends that; @throws the system's error */
  record(file: string): () => void;
  /** Looks at nothing any more, ends recordings, and closes what listens. */
  close(): Promise<void>;
}

const DEFAULT_HISTORY = '16MiB';

/** Makes an inspector. @throws TaskError `ARGUMENT_INVALID` */
export function createInspector(options: InspectorOptions = {}): Inspector {
  const { name = 'actors', redact, history = DEFAULT_HISTORY, allowSend = false, onFault = warn } = options;
  const inspection = new Inspection(name, { redact, historyBytes: toBytes(history), keeps: history !== false, onFault });
  const exhibit = { title: name, recorded: inspection, inspection, maySend: allowSend };
  const ends = new Set<() => unknown>();
  return {
    inspect: observerOf(inspection, onFault),
    attach: (root) => inspection.attach(root),
    attachPort: (port) => attachPort(inspection, port),
    fetch: createSite(exhibit),
    async listen(where) {
      const site = await serveSite(exhibit, where);
      ends.add(() => site.close());
      return site;
    },
    onLines(listener) {
      const stop = follow(inspection.watch(), listener, onFault);
      ends.add(stop);
      return stop;
    },
    record(file) {
      const stop = recordTo(file, inspection.watch(), onFault);
      ends.add(stop);
      return stop;
    },
    async close() {
      await Promise.all([...ends].map((end) => end()));
      inspection.close();
    },
  };
}

/** Hands on lines until it is ended. */
function follow(watch: Watch, listener: (lines: readonly Line[]) => void, onFault: (error: unknown) => void): () => void {
  const read = async (): Promise<void> => {
    while (!watch.isClosed) {
      const { lines } = watch.take();
      if (lines.length > 0) listener(lines);
      await watch.more();
    }
  };
  read().catch((error: unknown) => {
    watch.close();
    onFault(error);
  });
  return () => watch.close();
}

/** An observer that looks at the system of whatever it hears of, once. What it hears later is heard by the system's own observer. */
function observerOf(inspection: Inspection, onFault: (error: unknown) => void): (event: InspectionEvent) => void {
  const known = new WeakSet<object>();
  return ({ actorRef }) => {
    if (known.has(actorRef)) return;
    known.add(actorRef);
    try {
      const root = rootOf(livingOf(actorRef));
      if (known.has(root) && root !== actorRef) return;
      known.add(root);
      inspection.attach(root as unknown as AnyActorRef);
    } catch (error) {
      onFault(error);
    }
  };
}

function rootOf(actor: LivingActor): LivingActor {
  let root = actor;
  while (root._parent !== undefined) root = root._parent;
  return root;
}

function toBytes(history: string | number | false): number {
  const { data, error } = Size.safeParse(history === false ? DEFAULT_HISTORY : history);
  if (error === undefined) return data;
  throw new TaskError('ARGUMENT_INVALID', `createInspector: history: ${error.issues[0]?.message ?? ''}, got ${JSON.stringify(history)}`);
}

const warn = (error: unknown): void => process.emitWarning(`the inspector met a fault: ${messageOf(error)}`);
