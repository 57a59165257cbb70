/** The last events up to the moment as a sequence diagram: a lane for each actor, an arrow for each event. What it shows is in the log, too. */
import { useEffect, useRef } from 'preact/hooks';
import { actorOf, isOfItself, rowAt, senderOf, typeOf, type EventRow } from '../../trace/event-rows.ts';
import { laneOf, toLanes, type Lane } from '../../trace/lanes.ts';
import { toVisible } from '../../trace/visible.ts';
import { toEventText, toOutcome } from '../../trace/words.ts';
import { clockOf } from './clock-text.ts';
import type { Inspection } from './inspection.ts';
import { NoEvents } from './no-events.tsx';

/** So many events are drawn: more cannot be overlooked. */
const SHOWN = 120;
const HEAD = 26;
const STEP = 36;
const LANE = 184;
const FIRST_LANE = 160;
const NAME_LENGTH = 24;

/** The diagram. */
export function SequenceDiagram({ inspection }: { inspection: Inspection }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { list } = inspection.rows.value;
  const moment = inspection.moment.value;
  const at = moment === undefined ? list.length - 1 : rowAt(list, moment);
  const begin = Math.max(0, at + 1 - SHOWN);
  // Beyond the moment some more, which are seen to come.
  const rows = list.slice(begin, moment === undefined ? undefined : at + 1 + SHOWN / 4);
  const actors = inspection.everybody.value;
  const lanes = toLanes(rows, actors);
  const places = new Map(lanes.map(({ key }, index) => [key, FIRST_LANE + index * LANE]));
  const height = HEAD + (rows.length + 1) * STEP;
  useEffect(() => {
    const box = scroller.current;
    if (box !== null) box.scrollTop = (at - begin + 2) * STEP - box.clientHeight / (moment === undefined ? 1 : 2) + HEAD;
  }, [at, begin, moment]);
  if (rows.length === 0) return <NoEvents inspection={inspection} />;
  return (
    <div ref={scroller} class="insp-scroll insp-sequence" tabIndex={0} role="group" aria-label="Sequence diagram">
      <LaneHeads lanes={lanes} />
      <svg
        role="img"
        aria-label={`Sequence diagram of ${rows.length} events between ${lanes.length} lanes; the list of events says the same.`}
        width={FIRST_LANE + lanes.length * LANE}
        height={height}
      >
        {lanes.map((lane) => (
          <LaneLine key={lane.key} lane={lane} x={places.get(lane.key) ?? 0} height={height} />
        ))}
        {rows.map((row, index) => (
          <Message
            key={row.first}
            row={row}
            y={HEAD + (index + 1) * STEP}
            isChosen={moment !== undefined && begin + index === at}
            isLater={begin + index > at}
            placeOf={(session) => places.get(laneOf(session, actors)) ?? 0}
            onChoose={() => inspection.goTo(row.frame.n)}
          />
        ))}
      </svg>
    </div>
  );
}

function LaneLine({ lane, x, height }: { lane: Lane; x: number; height: number }) {
  return <line class={lane.key === '' ? 'seq-lane seq-outside' : 'seq-lane'} x1={x} x2={x} y1={HEAD} y2={height} />;
}

/** The names, which stay at the top while the events are scrolled. */
function LaneHeads({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <div class="seq-sticky">
      <svg class="seq-heads" aria-hidden="true" width={FIRST_LANE + lanes.length * LANE} height={HEAD}>
        <rect class="seq-ground" width="100%" height={HEAD} />
        {lanes.map(({ key, name }, index) => (
          <g key={key} transform={`translate(${FIRST_LANE + index * LANE} 0)`}>
            <title>{toVisible(name)}</title>
            <rect class="seq-head" x={-LANE / 2 + 6} y={3} width={LANE - 12} height={HEAD - 6} rx={4} />
            <text class="seq-name" y={17}>
              {shorten(toVisible(name))}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

interface MessageProps {
  readonly row: EventRow;
  readonly y: number;
  readonly isChosen: boolean;
  readonly isLater: boolean;
  readonly placeOf: (session: string | undefined) => number;
  readonly onChoose: () => void;
}

function Message({ row: { frame, count }, y, isChosen, isLater, placeOf, onChoose }: MessageProps) {
  const outcome = toOutcome(frame);
  const to = placeOf(actorOf(frame));
  const isOwn = isOfItself(frame);
  const from = isOwn ? to : placeOf(senderOf(frame));
  const text = `${toVisible(toEventText(typeOf(frame)))}${count > 1 ? ` × ${count}` : ''}`;
  const classes = ['seq-message', `seq-${outcome.kind}`, isChosen ? 'seq-chosen' : '', isLater ? 'seq-later' : ''];
  return (
    <g class={classes.filter((name) => name !== '').join(' ')} onClick={onChoose}>
      <title>{toVisible([text, outcome.text].filter((part) => part !== '').join('\n'))}</title>
      <rect class="seq-hit" x={0} y={y - STEP / 2} width="100%" height={STEP} />
      <text class="seq-time" x={8} y={y + 4}>
        {clockOf(frame.t)}
      </text>
      {isOwn ? (
        <circle class="seq-birth" cx={to} cy={y} r={5} />
      ) : from === to ? (
        <path class="seq-line" d={`M${to} ${y - 6}h22v12h-14`} />
      ) : (
        <path class="seq-line" d={`M${from} ${y}H${to}`} />
      )}
      {!isOwn && <Head from={from} to={to} y={y} />}
      <MessageText
        from={from}
        to={to}
        y={y}
        text={text}
        outcome={outcome.kind === 'changed' || outcome.kind === 'ended' ? toVisible(outcome.text) : ''}
      />
    </g>
  );
}

function Head({ from, to, y }: { from: number; to: number; y: number }) {
  if (from === to) return <path class="seq-point" d={`M${to + 2} ${y + 6}l7 -3.5v7z`} />;
  const back = from < to ? -8 : 8;
  return <path class="seq-point" d={`M${to} ${y}l${back} -4v8z`} />;
}

/** The event stands on its arrow, and beside the actor what it became. */
function MessageText({ from, to, y, text, outcome }: { from: number; to: number; y: number; text: string; outcome: string }) {
  const isBeside = from === to;
  return (
    <>
      <text class={isBeside ? 'seq-event' : 'seq-event seq-middle'} x={isBeside ? to + 28 : (from + to) / 2} y={isBeside ? y + 4 : y - 5}>
        {shorten(text)}
      </text>
      {outcome !== '' && (
        <text class="seq-became" x={isBeside ? to + 28 : Math.max(to, 0) + 8} y={y + 13}>
          {shorten(outcome)}
        </text>
      )}
    </>
  );
}

const shorten = (text: string): string => (text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH - 1)}…` : text);
