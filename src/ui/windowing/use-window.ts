/** Rows of a long list of which only those in sight are drawn: the virtualizer of TanStack, in a component of ours. Draws nothing itself. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, type VirtualizerOptions } from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

type Options = VirtualizerOptions<HTMLElement, HTMLElement>;

/** What there is to show. */
export type WindowOptions = Pick<Options, 'count' | 'estimateSize'> &
  Partial<Pick<Options, 'getItemKey' | 'initialOffset' | 'initialRect' | 'overscan'>>;

/** The virtualizer of a list in `scroller`; the component is drawn again when other rows come into sight. */
export function useWindow(
  scroller: { readonly current: HTMLElement | null },
  options: WindowOptions,
): Virtualizer<HTMLElement, HTMLElement> {
  const [, draw] = useReducer<number, undefined>((count) => count + 1, 0);
  const all: Options = {
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    getScrollElement: () => scroller.current,
    onChange: () => draw(undefined),
    ...options,
  };
  const made = useRef<Virtualizer<HTMLElement, HTMLElement> | null>(null);
  made.current ??= new Virtualizer(all);
  const virtualizer = made.current;
  virtualizer.setOptions(all);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}
