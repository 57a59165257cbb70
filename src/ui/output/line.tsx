/** A line of output: its time, its stream, its text in colours. Text nodes alone: what a task writes is never markup. */
import type { Ref } from 'preact';
import { toTimeOfDay } from '../shell/moment.ts';
import { roughSize } from '../../util/quantity-text.ts';
import { toPieces } from './ansi.ts';
import type { Entry } from './line-store.ts';
import { withMarks } from './marks.ts';

/** How lines are shown. */
export interface LineLook {
  readonly hasTimes: boolean;
  /** Text that is marked where it stands. */
  readonly wanted: string;
  /** Offset of the line that was jumped to. */
  readonly target: number | undefined;
}

interface Props {
  readonly entry: Entry;
  readonly look: LineLook;
  readonly top?: number;
  readonly index?: number;
  readonly rowRef?: Ref<HTMLDivElement>;
}

/** The line. */
export function Line({ entry, look, top, index, rowRef }: Props) {
  const place = top === undefined ? {} : { style: { transform: `translateY(${top}px)` } };
  if ('missingBytes' in entry)
    return (
      <div class="line line-gap" data-index={index} ref={rowRef ?? null} {...place}>
        {roughSize(entry.missingBytes)} are missing here: they were rotated away
      </div>
    );
  const { stream, text, time, offset, truncated } = entry.line;
  return (
    <div
      class={`line line-${stream}${offset === look.target ? ' line-target' : ''}`}
      data-index={index}
      data-offset={offset}
      ref={rowRef ?? null}
      {...place}
    >
      {look.hasTimes && <time class="line-time">{time === null ? '' : `${toTimeOfDay(time)} `}</time>}
      {stream === 'stderr' && <span class="unseen">stderr: </span>}
      <bdi class="line-text">
        {withMarks(toPieces(text), look.wanted).map(({ text: part, classes, isMark }, at) =>
          isMark ? (
            <mark key={at}>{part}</mark>
          ) : classes === '' ? (
            part
          ) : (
            <span key={at} class={classes}>
              {part}
            </span>
          ),
        )}
        {truncated === true && <span class="control">… the rest of the line is in the log file</span>}
      </bdi>
    </div>
  );
}
