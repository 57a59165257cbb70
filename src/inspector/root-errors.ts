/**
 * Roots that fail, which XState tells their observers alone. An observer more must change nothing: where nobody else observes a root, its error
 * stays one that nobody caught, and where somebody does, it is his.
 */
import type { AnyActorRef, Subscription } from 'xstate';

interface Watched {
  readonly listeners: Set<() => void>;
  readonly subscription: Subscription;
}

/** One observer for each root, however many inspectors there are: they must not take each other for somebody. */
const watched = new WeakMap<object, Watched>();

/** Calls `listener` when `root` fails, until the function returned is called. */
export function onRootError(root: AnyActorRef, listener: () => void): () => void {
  const entry = watched.get(root) ?? watch(root);
  entry.listeners.add(listener);
  return () => {
    entry.listeners.delete(listener);
    if (entry.listeners.size > 0) return;
    entry.subscription.unsubscribe();
    watched.delete(root);
  };
}

function watch(root: AnyActorRef): Watched {
  const listeners = new Set<() => void>();
  const fail = (error: unknown): void => {
    const isAlone = observersOf(root) === 1;
    for (const listener of listeners) listener();
    // XState reports what an observer throws as it reports what nobody observes.
    if (isAlone) throw error;
  };
  const entry = { listeners, subscription: root.subscribe({ error: fail }) };
  watched.set(root, entry);
  return entry;
}

/** In a field that is not for everybody; an actor that has none is taken to have others. */
function observersOf(root: object): number {
  const observers: unknown = 'observers' in root ? root.observers : undefined;
  return observers instanceof Set ? observers.size : Infinity;
}
