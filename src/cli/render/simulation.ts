/** A simulation for people: what happened, once where it repeats, and how each task fared. Decides nothing. */
import type { Move, Simulation } from '../../testing/index.ts';
import type { Sink } from '../sink.ts';
import { roughDuration } from '../../util/quantity-text.ts';
import { describeState } from './status.ts';
import { renderTable, type Cell } from './table.ts';

/** Lines of a timeline, unless all are wanted. */
const MAX_LINES = 200;
/** Longest series of lines of one task that is found again. */
const MAX_PERIOD = 12;

interface Line {
  readonly at: number;
  readonly task: string;
  readonly text: string;
}

/** The timeline, one line a move that matters; `all`: each move, and nothing left out. */
export function renderTimeline({ timeline, groupsGaveUp, tasks }: Simulation, out: Sink, all: boolean): string {
  const moves = timeline.filter((move) => all || isNews(move)).map((move) => ({ at: move.at, task: move.task, text: describeMove(move) }));
  const groups = groupsGaveUp.map(({ at, group, task, count }) => ({
    at,
    task: group,
    text: `the group gave up: ${task} did, ${count} ${count === 1 ? 'time' : 'times'} within its window`,
  }));
  const lines = all
    ? [...moves, ...groups]
    : [...Object.keys(tasks).flatMap((name) => fold(moves.filter(({ task }) => task === name))), ...groups];
  const sorted = lines.sort((one, other) => one.at - other.at);
  const shown = all ? sorted : sorted.slice(0, MAX_LINES);
  const rows = shown.map(({ at, task, text }): Cell[] => [
    { text: formatTime(at), paint: out.colors.dim },
    { text: task },
    { text: out.show(text.replace(/\s+/g, ' ')) },
  ]);
  const left = sorted.length - shown.length;
  return `${renderTable(rows, out.columns)}${left === 0 ? '' : `… and ${left} more lines; --verbose shows every move\n`}`;
}

/** How each task fared, as a table. */
export function renderOutcomes({ tasks }: Simulation, out: Sink): string {
  const head = ['NAME', 'AT THE END', 'RESTARTS', 'DOWNTIME', 'AVAILABLE'].map((text) => ({ text, paint: out.colors.dim }));
  const rows = Object.entries(tasks).map(([name, { finalStatus, restarts, downtimeMs, availability }]): Cell[] => [
    { text: name },
    finalStatus.state === 'failed' ? { text: describeState(finalStatus), paint: out.colors.red } : { text: describeState(finalStatus) },
    { text: String(restarts) },
    { text: downtimeMs < 1_000 ? `${downtimeMs}ms` : roughDuration(downtimeMs) },
    // Rounded down: what was away for a moment was not there all the time.
    { text: availability === null ? '-' : `${(Math.floor(availability * 1e5) / 1e3).toFixed(3)} %` },
  ]);
  return renderTable([head, ...rows], out.columns);
}

/** Whether people miss something without it: not that it is on the way. */
const isNews = ({ to }: Move): boolean => !['starting', 'stopping', 'killing', 'draining'].includes(to.phase);

function describeMove({ to, because }: Move): string {
  const state = describeState(to);
  if (to.state === 'failed') return `${state}: ${to.error.message}`;
  if (to.state === 'finished') return `${state}: exit code ${to.exitCode}`;
  return because === null || to.state === 'running' ? state : `${state}: ${because}`;
}

/** Leaves out what one task does again and again: the shortest series that repeats at least twice more stands once, and a count. */
function fold(lines: readonly Line[]): Line[] {
  const folded: Line[] = [];
  for (let index = 0; index < lines.length;) {
    const { period, times } = findRepeat(lines, index);
    const series = lines.slice(index, index + period);
    folded.push(...series);
    const last = lines[index + period * times - 1];
    const end = series.at(-1);
    if (times > 1 && last !== undefined && end !== undefined)
      folded.push({ at: end.at, task: end.task, text: `… the same ${times - 1} more times, the last until ${formatTime(last.at)}` });
    index += period * times;
  }
  return folded;
}

function findRepeat(lines: readonly Line[], from: number): { readonly period: number; readonly times: number } {
  for (let period = 1; period <= MAX_PERIOD; period += 1) {
    let length = period;
    while (lines[from + length] !== undefined && lines[from + length]?.text === lines[from + length - period]?.text) length += 1;
    const times = Math.floor(length / period);
    if (times > 2) return { period, times };
  }
  return { period: 1, times: 1 };
}

/** `h:mm:ss.mmm` since the beginning. */
function formatTime(ms: number): string {
  const pad = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0');
  return `${pad(ms / 3_600_000, 2)}:${pad((ms / 60_000) % 60, 2)}:${pad((ms / 1_000) % 60, 2)}.${pad(ms % 1_000, 3)}`;
}
