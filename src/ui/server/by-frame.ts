/** Puts together what comes within a frame, so that a thousand events draw the page once. Loses nothing and keeps the order. */

/** Takes things one by one. */
export interface Gathering<T> {
  add(item: T): void;
  /** Forgets what was not handed on yet. */
  drop(): void;
}

/** How long it gathers while the page is not seen, which has no frames then. */
const HIDDEN_MS = 250;

/** Hands on what came since the last frame. */
export function byFrame<T>(handOn: (items: readonly T[]) => void): Gathering<T> {
  let items: T[] = [];
  let isAsked = false;
  const give = (): void => {
    isAsked = false;
    const given = items;
    items = [];
    if (given.length > 0) handOn(given);
  };
  return {
    add(item) {
      items.push(item);
      if (isAsked) return;
      isAsked = true;
      if (document.hidden) setTimeout(give, HIDDEN_MS);
      else requestAnimationFrame(give);
    },
    drop() {
      items = [];
    },
  };
}
