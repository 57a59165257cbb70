/** The events, newest at the end: which actor got what from whom, and what became of it. A click goes to the moment after it. */
import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { actorOf, rowAt, senderOf, typeOf, type EventRow } from '../../trace/event-rows.ts';
import type { ActorsThen } from '../../trace/timeline.ts';
import { toVisible } from '../../trace/visible.ts';
import { toName, toOutcome } from '../../trace/words.ts';
import { clockOf } from './clock-text.ts';
import type { Inspection } from './inspection.ts';
import { useRowWindow } from './windowing.ts';

const ROW_HEIGHT = 24;

/** The list. */
export function EventLog({ inspection }: { inspection: Inspection }) {
  const { element, range, onScroll, reveal, isAtEnd } = useRowWindow(ROW_HEIGHT);
  const { list } = inspection.rows.value;
  const moment = inspection.moment.value;
  const at = useComputed(() => (inspection.moment.value === undefined ? -1 : rowAt(inspection.rows.value.list, inspection.moment.value))).value;
  const follows = useRef(true);
  useEffect(() => {
    if (moment === undefined) follows.current = true;
    reveal(moment === undefined ? list.length - 1 : at);
  }, [moment, at]);
  useEffect(() => {
    if (moment === undefined && follows.current) reveal(list.length - 1);
  }, [list.length]);
  const { first, end } = range.value;
  return (
    <div
      ref={element}
      class="insp-scroll insp-log"
      role="listbox"
      tabIndex={0}
      aria-label="Events"
      aria-activedescendant={at >= first && at < end ? `event-${list[at]?.first ?? ''}` : undefined}
      onScroll={() => {
        onScroll();
        follows.current = isAtEnd();
      }}
      onKeyDown={(event) => {
        if (walk(event.key, inspection)) event.preventDefault();
      }}
    >
      <div role="none" class="insp-all" style={{ height: list.length * ROW_HEIGHT }}>
        {list.slice(first, end).map((row, index) => (
          <Row
            key={row.first}
            row={row}
            place={first + index}
            count={list.length}
            isChosen={first + index === at}
            actors={inspection.everybody.value}
            onChoose={() => inspection.goTo(row.frame.n)}
          />
        ))}
      </div>
      {list.length === 0 && <p class="insp-empty hint">No event yet that the filter lets pass.</p>}
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
  const from = frame.k === 'actor' ? '' : sender === receiver ? 'itself' : toVisible(toName(sender, actors));
  const text = toVisible(outcome.text);
  return (
    <div
      id={`event-${first}`}
      role="option"
      class={`insp-event insp-event-${outcome.kind}`}
      style={{ top: place * ROW_HEIGHT }}
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
      <span class="insp-type">
        {toVisible(typeOf(frame))}
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
