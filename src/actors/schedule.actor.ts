/**
 * The effect behind the task machine's `schedule`: says when a cron expression is due next, and says it anew when the wall clock is not where
 * it was expected. The waiting is the machine's, whose timers know nothing of that clock.
 */
import { performance } from 'node:perf_hooks';
import { fromCallback } from 'xstate';
import type { ScheduledFact } from '../../machines/task.events.ts';
import type { ScheduleCommand, ScheduleInput } from '../../machines/task.types.ts';
import { nextTime } from '../util/cron.ts';
import { newRunId } from './process.actor.ts';

/** How often the wall clock is compared with the time that has passed: somebody may set it, and suspending stops all timers. */
const LOOK_INTERVAL_MS = 60_000;
/** A clock that is adjusted by less has not jumped: what was due at a time is not due again at the same one. */
const JUMP_MS = 30_000;

/** Both clocks, replaced in tests. */
export interface ScheduleClocks {
  /** Epoch milliseconds. */
  readonly wallMs: () => number;
  /** Milliseconds that never go back. */
  readonly monotonicMs: () => number;
}

const SYSTEM: ScheduleClocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/** The logic to provide as the task machine's `schedule`. */
export const createScheduleLogic = ({ wallMs, monotonicMs }: ScheduleClocks = SYSTEM) =>
  fromCallback<ScheduleCommand, ScheduleInput>(({ input, sendBack, receive }) => {
    const offsetMs = (): number => wallMs() - monotonicMs();
    let expectedMs = offsetMs();
    let last = 0;
    const hasJumped = (): boolean => Math.abs(offsetMs() - expectedMs) > JUMP_MS;
    const arm = (): void => {
      if (hasJumped()) last = 0; // it was due by another clock
      expectedMs = offsetMs();
      const from = wallMs();
      // A timer may come a moment early: what was due a moment later was this one.
      const next = nextTime(input.schedule, input.timezone, new Date(Math.max(from, last)));
      if (next === null) return;
      last = next.getTime();
      sendBack({ type: 'schedule.armed', at: last, delayMs: Math.max(0, last - from), runId: newRunId() } satisfies ScheduledFact);
    };
    const looking = setInterval(() => hasJumped() && arm(), LOOK_INTERVAL_MS).unref();
    receive(arm);
    arm();
    return () => clearInterval(looking);
  });
