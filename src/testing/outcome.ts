/** How a task fared: its moves, its restarts, and how long it was not there when it should have been. Only looks on. */
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import { isSameStatus, toStatus } from '../../machines/task.status.ts';
import type { TaskStatus } from '../index.ts';

/** A task moved to another state or phase. */
export interface Move {
  /** Milliseconds since the simulation began. */
  readonly at: number;
  readonly task: string;
  readonly from: TaskStatus;
  readonly to: TaskStatus;
  /** The run that this is about; null before the first. */
  readonly runId: string | null;
  /** When the task is due to start again by itself, in milliseconds since the simulation began; null: it is not. */
  readonly nextStartAt: number | null;
  /** Why it was stopped, where nobody asked for that, such as `its group "backend" gave up, because db did`; otherwise null. */
  readonly because: string | null;
}

/** How a task fared. */
export interface TaskOutcome {
  /** Runs that nobody asked for: by its restart policy, or with its group. */
  readonly restarts: number;
  /** Milliseconds in which it should have been ready and was not. */
  readonly downtimeMs: number;
  /** The share of the time in which it should have been ready that it was, from 0 to 1; null when it never should. */
  readonly availability: number | null;
  readonly finalStatus: TaskStatus;
}

/** Whether the task is there, is wanted and is not, or is not wanted. */
type Standing = 'up' | 'down' | 'off';

/** Watches one task. */
export class OutcomeWatch {
  readonly #name: string;
  readonly #beganAt: number;
  readonly #totals: Record<Standing, number> = { up: 0, down: 0, off: 0 };
  #status: TaskStatus = { state: 'stopped', phase: 'idle' };
  #standing: Standing = 'off';
  #standingSince: number;
  #runId: string | null = null;
  #restarts = 0;

  constructor(name: string, beganAt: number) {
    this.#name = name;
    this.#beganAt = beganAt;
    this.#standingSince = beganAt;
  }

  /** Takes a step of its machine at epoch milliseconds `now`; answers its move, if it made one. */
  see(snapshot: TaskSnapshot, now: number): Move | undefined {
    const { context } = snapshot;
    const from = this.#status;
    const to = toStatus(snapshot);
    this.#take(toStanding(snapshot, to), now);
    if (isSameStatus(from, to)) return undefined;
    this.#status = to;
    if (to.state === 'running' && context.runId !== this.#runId) {
      this.#runId = context.runId;
      if (context.restarts > 0) this.#restarts += 1;
    }
    const nextStartAt = context.nextStartAt === null ? null : context.nextStartAt - this.#beganAt;
    return { at: now - this.#beganAt, task: this.#name, from, to, runId: context.runId, nextStartAt, because: context.stopCause };
  }

  /** What came of it by `now`. */
  result(now: number): TaskOutcome {
    this.#take(this.#standing, now);
    const { up, down } = this.#totals;
    return {
      restarts: this.#restarts,
      downtimeMs: down,
      availability: up + down === 0 ? null : up / (up + down),
      finalStatus: this.#status,
    };
  }

  #take(standing: Standing, now: number): void {
    this.#totals[this.#standing] += now - this.#standingSince;
    this.#standing = standing;
    this.#standingSince = now;
  }
}

function toStanding({ context }: TaskSnapshot, status: TaskStatus): Standing {
  if (status.phase === 'ready') return 'up';
  if (status.phase === 'waiting' || status.phase === 'backingOff' || context.queuedStart !== null) return 'down';
  // Stopped because someone wanted it stopped: then nobody misses it.
  if (context.runId === null || ((context.stopRequested !== null || context.isHeld) && context.stopCause === null)) return 'off';
  return status.state === 'finished' && context.definition.successExitCodes.includes(status.exitCode) ? 'off' : 'down';
}
