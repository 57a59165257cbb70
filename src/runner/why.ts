/** Why a task is in its state, for people: the machines' reasons, with times as they are now. */
import { toWorld } from '../../machines/world.ts';
import { toReasons, type ExplainedTask, type Reason } from '../../machines/why.ts';
import type { TaskStatus } from '../model/status.ts';
import type { Supervision } from './supervision.ts';

/** One reason. */
export interface WhyReason {
  /** The task it is about. */
  readonly task: string;
  /** Such as `db is not ready: tcp 127.0.0.1:5432 refused, 14 times in a row`. */
  readonly message: string;
  /** What comes next, or what to do; null: nothing has to. */
  readonly next: string | null;
  /** When that is; null where nobody knows. */
  readonly nextAt: Date | null;
}

/** What `why` tells. */
export interface Why {
  readonly task: string;
  readonly status: TaskStatus;
  /** The task's own reason first, then those behind it. */
  readonly reasons: readonly WhyReason[];
  /** All of it as one text, a line a reason. */
  readonly text: string;
}

/** Explains the state of a task. */
export function toWhy(name: string, supervision: Supervision, now: Date): Why {
  const world = toWorld(supervision.context());
  const task = (other: string): ExplainedTask | undefined => {
    const view = world.view(other);
    if (view === undefined) return undefined;
    const { context, children } = supervision.actor(other).getSnapshot();
    const probes = [children.ready, children.alive].flatMap((probe) => (probe === undefined ? [] : [probe.getSnapshot().context]));
    return { view, context, probes };
  };
  const reasons = toReasons(name, { world, task });
  return {
    task: name,
    status: supervision.status(name),
    reasons: reasons.map((reason) => ({ ...reason, nextAt: reason.nextAt === null ? null : new Date(reason.nextAt) })),
    text: reasons.map((reason) => toLine(reason, now)).join('\n'),
  };
}

function toLine({ message, next, nextAt }: Reason, now: Date): string {
  if (next === null) return `${message}.`;
  return `${message}; next: ${next}${nextAt === null ? '' : `, ${toDelay(nextAt - now.getTime())}`}.`;
}

function toDelay(ms: number): string {
  if (ms <= 0) return 'now';
  if (ms < 1_000) return `in ${ms} ms`;
  const units = [
    ['s', 1_000],
    ['min', 60_000],
    ['h', 3_600_000],
    ['days', 86_400_000],
  ] as const;
  const [unit, size] = units.findLast(([, bytes]) => ms >= 2 * bytes) ?? units[0];
  return `in ${Math.round(ms / size)} ${unit}`;
}
