/** The lines of an output in sight: the latest ones while they are followed, else those around where someone reads. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useWindow } from '../windowing/use-window.ts';
import type { LineStore } from './line-store.ts';
import { Line, type LineLook } from './line.tsx';

/** Height of a line that is not wrapped; also known to output.css. */
const LINE_PX = 18;
/** So near to the first line, older ones are fetched. */
const NEAR_PX = 600;

interface Props {
  readonly store: LineStore;
  readonly look: LineLook;
  readonly isWrapped: boolean;
  readonly label: string;
}

/** The lines, which scroll. */
export function Lines({ store, look, isWrapped, label }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const top = element.scrollTop;
    const isAtEnd = top + element.clientHeight >= element.scrollHeight - 4;
    // A list that begins anew moves up, too, and is at its end.
    if (top < lastTop.current && !isAtEnd) store.isFollowed.value = false;
    if (top > lastTop.current && isAtEnd) {
      store.isFollowed.value = true;
      store.goOn();
    }
    lastTop.current = top;
  };
  const Shown = store.isFollowed.value ? FollowedLines : ReadLines;
  return (
    <div
      class={`lines${isWrapped ? ' lines-wrapped' : ''}`}
      tabIndex={0}
      role="region"
      aria-label={label}
      ref={scroller}
      onScroll={onScroll}
    >
      <Shown store={store} look={look} isWrapped={isWrapped} scroller={scroller} from={lastTop.current} />
    </div>
  );
}

interface ShownProps extends Omit<Props, 'label'> {
  /** Where it was scrolled to: the element itself forgets that, empty between one list and the other. */
  readonly from: number;
  readonly scroller: { readonly current: HTMLDivElement | null };
}

/** As many of the last lines as there is room for, at the bottom. */
function FollowedLines({ store, look, scroller }: ShownProps) {
  const entries = store.entries.value;
  const count = Math.min(entries.length, Math.ceil((scroller.current?.clientHeight ?? 1_000) / LINE_PX) + 2);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  });
  return (
    <div class="lines-followed" style={{ paddingTop: `${(entries.length - count) * LINE_PX}px` }}>
      {entries.slice(entries.length - count).map((entry) => (
        <Line key={entry.key} entry={entry} look={look} />
      ))}
    </div>
  );
}

/** Those around where someone reads. What is fetched before them does not move them. */
function ReadLines({ store, look, isWrapped, scroller, from }: ShownProps) {
  const entries = store.entries.value;
  const { clientWidth: width = 0, clientHeight: height = 0 } = scroller.current ?? {};
  const list = useWindow(scroller, {
    count: entries.length,
    estimateSize: () => LINE_PX,
    getItemKey: (index) => entries[index]?.key ?? index,
    overscan: 20,
    initialOffset: from,
    initialRect: { width, height },
  });
  useLayoutEffect(() => list.measure(), [isWrapped]);
  useStillness(entries[0]?.key, scroller);
  const shown = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    if (look.target === undefined || look.target === shown.current) return;
    const index = entries.findIndex((entry) => 'line' in entry && entry.line.offset === look.target);
    if (index === -1) return; // it has not come yet
    shown.current = look.target;
    list.scrollToIndex(index, { align: 'center' });
  });
  useLayoutEffect(() => {
    if (entries.length > 0 && (scroller.current?.scrollTop ?? 0) < NEAR_PX) void store.fetchOlder();
  });
  return (
    <div class="lines-read" style={{ height: `${list.getTotalSize()}px` }}>
      {list.getVirtualItems().map(({ index, key, start }) => {
        const entry = entries[index];
        return (
          entry !== undefined && (
            <Line key={key} entry={entry} look={look} index={index} top={start} rowRef={isWrapped ? list.measureElement : null} />
          )
        );
      })}
    </div>
  );
}

/** Keeps lines where they are when others come before them: keys of older lines are smaller, one a line. */
function useStillness(firstKey: number | undefined, scroller: ShownProps['scroller']): void {
  const before = useRef(firstKey);
  useLayoutEffect(() => {
    const added = (before.current ?? 0) - (firstKey ?? 0);
    before.current = firstKey;
    if (added > 0 && scroller.current !== null) scroller.current.scrollTop += added * LINE_PX;
  });
}
