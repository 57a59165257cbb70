/** The end of a recording, as a recording of its own: how everything was at its beginning, and what came after. */
import type { Hello, Line } from './frame.ts';
import { Timeline } from './timeline.ts';

/** The lines from `sinceMs` on; those of a recording, the first of which is a hello. Of a recording that begins later, all of it. */
export function excerptFrom(lines: readonly Line[], sinceMs: number): readonly Line[] {
  const start = lines.findLastIndex(({ k }) => k === 'hello');
  const hello = lines[start];
  if (hello?.k !== 'hello') return lines;
  const frames = lines.slice(start + 1);
  const first = frames.findIndex(({ t }) => t >= sinceMs);
  const count = first < 0 ? frames.length : first;
  return count === 0 ? lines : [helloAfter(hello, frames.slice(0, count)), ...frames.slice(count)];
}

function helloAfter(hello: Hello, frames: readonly Line[]): Hello {
  const timeline = new Timeline(hello, { maxFrames: Infinity });
  for (const frame of frames) timeline.push(frame);
  const { t } = frames.at(-1) ?? hello;
  return { ...hello, n: timeline.end, t, machines: [...timeline.machines.values()], actors: [...timeline.actorsAt(timeline.end).values()] };
}
