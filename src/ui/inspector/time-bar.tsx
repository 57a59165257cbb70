/** The moment that everything shows: a slider over all frames that are held, steps by rows of the log, and the way back to the end. */
import { toVisible } from '../../trace/visible.ts';
import { toEventText, toName } from '../../trace/words.ts';
import { actorOf, typeOf } from '../../trace/event-rows.ts';
import { lastUpTo } from '../../trace/last-up-to.ts';
import type { ActorsThen, Timeline } from '../../trace/timeline.ts';
import { clockOf } from './clock-text.ts';
import type { Inspection } from './inspection.ts';

/** The bar. */
export function TimeBar({ inspection, isLive }: { inspection: Inspection; isLive: boolean }) {
  const lines = inspection.timeline.value?.lines;
  const moment = inspection.moment.value;
  const begin = lines?.hello.n ?? 0;
  const end = lines?.end ?? 0;
  const at = moment ?? end;
  const words = lines === undefined ? 'nothing yet' : describe(lines, at, inspection.everybody.value);
  return (
    <div class="insp-time-bar" role="group" aria-label="Time travel">
      <button
        type="button"
        class="quiet"
        aria-label="To the beginning"
        title="To the beginning"
        disabled={at <= begin}
        onClick={() => inspection.goTo(begin)}
      >
        |◀
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Step back"
        title="Step back (←)"
        disabled={at <= begin}
        onClick={() => inspection.step(-1)}
      >
        ◀
      </button>
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={words}
        min={begin}
        max={end}
        value={at}
        disabled={begin === end}
        onInput={({ currentTarget }) => inspection.goTo(Number(currentTarget.value))}
      />
      <button
        type="button"
        class="quiet"
        aria-label="Step forward"
        title="Step forward (→)"
        disabled={moment === undefined}
        onClick={() => inspection.step(1)}
      >
        ▶
      </button>
      <button
        type="button"
        class="insp-live"
        aria-pressed={moment === undefined}
        title="To the end (Esc)"
        onClick={() => inspection.goToEnd()}
      >
        {isLive ? '● Live' : 'End'}
      </button>
      <output class="insp-moment hint">{moment === undefined && isLive ? `live, ${end - begin} events` : words}</output>
    </div>
  );
}

function describe({ frames, hello, end }: Timeline, at: number, actors: ActorsThen): string {
  const frame = frames[lastUpTo(frames, at, ({ n }) => n)];
  const place = `${at - hello.n} of ${end - hello.n}`;
  if (frame === undefined) return `${place} · ${clockOf(hello.t)} · the beginning`;
  return `${place} · ${clockOf(frame.t)} · ${toVisible(toEventText(typeOf(frame)))} · ${toVisible(toName(actorOf(frame), actors))}`;
}
