/** Rows of equal height of which only those in sight are rendered, so that a hundred thousand cost what fifty do. Renders nothing itself. */
import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** Rows rendered beyond what is in sight, so that none is missing while one scrolls. */
const BEYOND = 8;

/** The rows in sight. */
export interface RowWindow {
  readonly first: number;
  /** The first one that is not rendered any more. */
  readonly end: number;
}

/** Watches an element that scrolls. */
export function useRowWindow(rowHeight: number) {
  const element = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(0);
  useEffect(() => {
    const scroller = element.current;
    if (scroller === null) return;
    const watcher = new ResizeObserver(() => (height.value = scroller.clientHeight));
    watcher.observe(scroller);
    return () => watcher.disconnect();
  }, []);
  const range: ReadonlySignal<RowWindow> = useComputed(() => ({
    first: Math.max(0, Math.floor(top.value / rowHeight) - BEYOND),
    end: Math.ceil((top.value + height.value) / rowHeight) + BEYOND,
  }));
  return {
    element,
    range,
    onScroll: (): void => {
      top.value = element.current?.scrollTop ?? 0;
    },
    /** Whether the last row is in sight. */
    isAtEnd: (): boolean => {
      const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = element.current ?? {};
      return scrollTop + clientHeight >= scrollHeight - rowHeight;
    },
    /** Scrolls as little as it takes to see a row. */
    reveal: (index: number): void => {
      const scroller = element.current;
      if (scroller === null || index < 0) return;
      const place = index * rowHeight;
      if (place < scroller.scrollTop) scroller.scrollTop = place;
      else if (place + rowHeight > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = place + rowHeight - scroller.clientHeight;
    },
  };
}
