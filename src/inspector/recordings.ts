/** Recordings, as they are given away: a part of what is there, with the drawings of its machines. Keeps nothing. */
import { TaskError } from '../errors.ts';
import { excerptFrom } from '../trace/excerpt.ts';
import type { Line, MachineFrame } from '../trace/frame.ts';
import { Narrowing } from '../trace/narrowing.ts';
import { layOut } from './chart/layout.ts';

/** What of a recording is wanted. */
export interface RecordingOptions {
  /** Session id, or id in the system, of the actor that is meant, with those beneath it. @default all */
  readonly actor?: string | undefined;
  /** How much of its end. @default all of it */
  readonly lastMs?: number | undefined;
}

/** Whatever has a recording to give. */
export interface Recorded {
  recording(options?: RecordingOptions): Promise<readonly Line[]>;
}

/** A part of a recording that ended, or is given, at `endMs`. */
export function cutRecording(lines: readonly Line[], endMs: number, { actor, lastMs }: RecordingOptions = {}): Promise<readonly Line[]> {
  const late = lastMs === undefined ? lines : excerptFrom(lines, endMs - lastMs);
  const narrowing = actor === undefined ? undefined : new Narrowing(actor);
  return withLayouts(narrowing === undefined ? late : late.flatMap((line) => narrowing.take(line) ?? []));
}

const withLayouts = (lines: readonly Line[]): Promise<readonly Line[]> =>
  Promise.all(
    lines.map(async (line) => {
      if (line.k === 'machine') return { ...line, ...(await withLayout(line)) };
      return line.k === 'hello' ? { ...line, machines: await Promise.all(line.machines.map(withLayout)) } : line;
    }),
  );

/** A machine that cannot be drawn is told without a drawing: the rest of a recording is worth having. */
async function withLayout({ g, l }: Pick<MachineFrame, 'g' | 'l'>): Promise<Pick<MachineFrame, 'g' | 'l'>> {
  if (l !== undefined) return { g, l };
  try {
    return { g, l: await layOut(g) };
  } catch (error) {
    if (TaskError.is(error) && error.code !== 'INTERNAL') return { g };
    throw error;
  }
}
