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
      <Step name="To the beginning" sign="|◀" isOff={at <= begin} onClick={() => inspection.goTo(begin)} />
      <Step name="Step back" sign="◀" hint="←" isOff={at <= begin} onClick={() => inspection.step(-1)} />
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={words}
        min={begin}
        max={end}
        value={at}
        disabled={begin === end}
        onInput={({ currentTarget }) => inspection.goTo(Number(currentTarget.value))}
        onKeyDown={({ key }) => {
          if (key === 'Escape') inspection.goToEnd();
        }}
      />
      <Step name="Step forward" sign="▶" hint="→" isOff={moment === undefined} onClick={() => inspection.step(1)} />
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

interface StepProps {
  readonly name: string;
  readonly sign: string;
  readonly hint?: string;
  readonly isOff: boolean;
  readonly onClick: () => void;
}

function Step({ name, sign, hint, isOff, onClick }: StepProps) {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={name}
      title={hint === undefined ? name : `${name} (${hint})`}
      disabled={isOff}
      onClick={onClick}
    >
      {sign}
    </button>
  );
}

function describe({ frames, hello, end }: Timeline, at: number, actors: ActorsThen): string {
  const frame = frames[lastUpTo(frames, at, ({ n }) => n)];
  const place = `${at - hello.n} of ${end - hello.n}`;
  if (frame === undefined) return `${place} · ${clockOf(hello.t)} · the beginning`;
  return `${place} · ${clockOf(frame.t)} · ${toVisible(toEventText(typeOf(frame)))} · ${toVisible(toName(actorOf(frame), actors))}`;
}
