/** The events, newest at the end: which actor got what from whom, and what became of it. A click goes to the moment after it. */
import { useEffect, useRef } from 'preact/hooks';
import { actorOf, isOfItself, rowAt, senderOf, typeOf, type EventRow } from '../../trace/event-rows.ts';
import type { ActorsThen } from '../../trace/timeline.ts';
import { toVisible } from '../../trace/visible.ts';
import { toEventText, toName, toOutcome } from '../../trace/words.ts';
import { useWindow } from '../windowing/use-window.ts';
import { clockOf } from './clock-text.ts';
import type { Inspection } from './inspection.ts';
import { NoEvents } from './no-events.tsx';

const ROW_HEIGHT = 24;

/** The list. */
export function EventLog({ inspection }: { inspection: Inspection }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { list } = inspection.rows.value;
  const moment = inspection.moment.value;
  const at = moment === undefined ? -1 : rowAt(list, moment);
  const seen = useWindow(scroller, { count: list.length, estimateSize: () => ROW_HEIGHT, overscan: 8 });
  const follows = useRef(true);
  useEffect(() => {
    if (moment === undefined) follows.current = true;
    else if (at >= 0) seen.scrollToIndex(at, { align: 'auto' });
  }, [moment, at]);
  useEffect(() => {
    if (moment === undefined && follows.current && list.length > 0) seen.scrollToIndex(list.length - 1, { align: 'end' });
  }, [moment, list.length]);
  const items = seen.getVirtualItems();
  return (
    <div
      ref={scroller}
      class="insp-scroll insp-log"
      role="listbox"
      tabIndex={0}
      aria-label="Events"
      aria-activedescendant={items.some(({ index }) => index === at) ? `event-${list[at]?.first ?? ''}` : undefined}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        follows.current = scrollTop + clientHeight >= scrollHeight - ROW_HEIGHT;
      }}
      onKeyDown={(event) => {
        if (walk(event.key, inspection)) event.preventDefault();
      }}
    >
      <div role="none" class="insp-all" style={{ height: `${seen.getTotalSize()}px` }}>
        {items.map(({ index }) => {
          const row = list[index];
          return row === undefined ? null : (
            <Row
              key={row.first}
              row={row}
              place={index}
              count={list.length}
              isChosen={index === at}
              actors={inspection.everybody.value}
              onChoose={() => inspection.goTo(row.frame.n)}
            />
          );
        })}
      </div>
      {list.length === 0 && <NoEvents inspection={inspection} />}
    </div>
  );
}

interface RowProps {
  readonly row: EventRow;
  readonly place: number;
  readonly count: number;
  readonly isChosen: boolean;
  readonly actors: ActorsThen;
  readonly onChoose: () => void;
}

function Row({ row: { frame, first, count: times }, place, count, isChosen, actors, onChoose }: RowProps) {
  const outcome = toOutcome(frame);
  const sender = senderOf(frame);
  const receiver = actorOf(frame);
  const from = isOfItself(frame) ? '' : sender === receiver ? 'itself' : toVisible(toName(sender, actors));
  const text = toVisible(outcome.text);
  return (
    <div
      id={`event-${first}`}
      role="option"
      class={`insp-event insp-event-${outcome.kind}`}
      style={{ top: `${place * ROW_HEIGHT}px` }}
      aria-selected={isChosen}
      aria-posinset={place + 1}
      aria-setsize={count}
      onClick={onChoose}
    >
      <span class="insp-time">{clockOf(frame.t)}</span>
      <span class="insp-who">
        {from !== '' && <span class="insp-from">{from} → </span>}
        {toVisible(toName(receiver, actors))}
      </span>
      <span class="insp-type" title={toVisible(typeOf(frame))}>
        {toVisible(toEventText(typeOf(frame)))}
        {times > 1 && <span class="insp-times"> × {times}</span>}
      </span>
      <span class="insp-outcome" title={text}>
        {text}
      </span>
    </div>
  );
}

function walk(key: string, inspection: Inspection): boolean {
  const { list } = inspection.rows.value;
  const [first] = list;
  switch (key) {
    case 'ArrowUp':
      inspection.step(-1);
      return true;
    case 'ArrowDown':
      inspection.step(1);
      return true;
    case 'Home':
      if (first !== undefined) inspection.goTo(first.frame.n);
      return true;
    case 'End':
      inspection.goToEnd();
      return true;
    default:
      return false;
  }
}
