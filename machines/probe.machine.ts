/**
 * Decides what one probe of a run says: it asks, rests, asks again, and tells its task when so many checks in a row came out the
 * same. How a check is done is the actor `check`'s affair. Lives as long as the task's process does.
 */
import { assign, enqueueActions, fromCallback, setup } from 'xstate';
import type { ResolvedProbe } from '../src/model/probe.ts';
import type { ProbeKind } from './task.events.ts';

/** What a probe machine is created with. */
export interface ProbeInput {
  readonly kind: ProbeKind;
  readonly probe: ResolvedProbe;
  readonly task: string;
  readonly runId: string;
  /** The task's main process. */
  readonly pid: number;
}

/** What the actor `check` is created with, once a check. It says `check.passed` or `check.failed`. */
export type CheckInput = ProbeInput & {
  /** Whether the check waits for its sign as long as it takes: of `ready` by log line or descriptor, which `startTimeout` bounds. */
  readonly isPatient: boolean;
};

/** Everything a probe machine hears. `at` is in epoch milliseconds. */
export type ProbeEvent =
  | { readonly type: 'check.passed'; readonly at: number }
  | CheckFailedFact
  /** From the machine to itself: from now on failures count. */
  | { readonly type: 'startPeriod.over' };

/** A check found what it should not, or nothing in time. */
export interface CheckFailedFact {
  readonly type: 'check.failed';
  readonly message: string;
  readonly at: number;
}

/** What a probe machine knows. */
export interface ProbeContext extends ProbeInput {
  /** Checks that passed, and that failed, in a row; of the failed those that count. */
  readonly passes: number;
  readonly failures: number;
  /** Checks that failed in a row, those of the start period, too. */
  readonly fails: number;
  /** What it told last; null: nothing yet. */
  readonly told: 'passed' | 'failed' | null;
  /** What the last failed check saw; null once one passed. */
  readonly message: string | null;
  readonly nextCheckAt: number | null;
  readonly doFailuresCount: boolean;
}

/** Whether a check waits for a sign of the task, and does not ask. */
const isSign = ({ probe }: ProbeInput): boolean => probe.log !== undefined || probe.notifyFd !== undefined;

/** Whether one sign is enough for good. */
const isPatient = (input: ProbeInput): boolean => input.kind === 'ready' && isSign(input);

const unprovidedCheck = fromCallback<ProbeEvent, CheckInput>(() => {
  throw new Error('The probe machine was started without an implementation of the actor "check": pass one with machine.provide().');
});

const probeSetup = setup({
  types: {
    input: {} as ProbeInput,
    context: {} as ProbeContext,
    events: {} as ProbeEvent,
    tags: {} as 'probe:checking' | 'probe:resting' | 'probe:passed',
    children: {} as { check: 'check' },
  },
  actors: { check: unprovidedCheck },
  delays: { interval: ({ context }) => context.probe.interval },
  guards: {
    isEnoughForGood: ({ context }) => isPatient(context) && context.passes + 1 >= context.probe.successes,
  },
  actions: {
    countPass: assign(({ context }, at: number) => ({
      passes: context.passes + 1,
      failures: 0,
      fails: 0,
      message: null,
      nextCheckAt: at + context.probe.interval,
    })),
    countFailure: assign(({ context }, { message, at }: CheckFailedFact) => ({
      passes: 0,
      failures: context.failures + (context.doFailuresCount ? 1 : 0),
      fails: context.fails + 1,
      message,
      nextCheckAt: at + context.probe.interval,
    })),
    countFailures: assign({ doFailuresCount: true }),
  },
}).extend({
  actions: {
    awaitStartPeriod: enqueueActions(({ enqueue, context }) => {
      if (context.doFailuresCount) return;
      enqueue.raise({ type: 'startPeriod.over' }, { id: 'startPeriod', delay: context.probe.startPeriod });
    }),
    tellVerdict: enqueueActions(({ enqueue, context }) => {
      const { kind: probe, passes, failures, told, message } = context;
      if (told !== 'passed' && passes >= context.probe.successes) {
        enqueue.assign({ told: 'passed' });
        enqueue.sendParent({ type: 'probe.passed', probe });
      }
      if (told !== 'failed' && failures >= context.probe.failures) {
        enqueue.assign({ told: 'failed' });
        enqueue.sendParent({ type: 'probe.failed', probe, message: message ?? '', failures });
      }
    }),
  },
});

/** The machine of one probe. The actor `check` is provided from outside. */
export const probeMachine = probeSetup.createMachine({
  id: 'probe',
  description: 'Asks a run again and again whether it is ready, or alive.',
  // An endless loop of transitions becomes an error instead of a hang of the host. Each machine needs its own limit.
  options: { maxIterations: 1_000 },
  context: ({ input }) => ({
    ...input,
    passes: 0,
    failures: 0,
    fails: 0,
    told: null,
    message: null,
    nextCheckAt: null,
    doFailuresCount: input.probe.startPeriod === 0,
  }),
  entry: 'awaitStartPeriod',
  initial: 'checking',
  on: { 'startPeriod.over': { description: 'Failures count from now on.', actions: 'countFailures' } },
  states: {
    checking: {
      description: 'A check is under way.',
      tags: 'probe:checking',
      invoke: { id: 'check', src: 'check', input: ({ context }) => ({ ...toInput(context), isPatient: isPatient(context) }) },
      on: {
        'check.passed': [
          { guard: 'isEnoughForGood', target: 'passed', actions: [{ type: 'countPass', params: ({ event }) => event.at }, 'tellVerdict'] },
          { target: 'resting', actions: [{ type: 'countPass', params: ({ event }) => event.at }, 'tellVerdict'] },
        ],
        'check.failed': { target: 'resting', actions: [{ type: 'countFailure', params: ({ event }) => event }, 'tellVerdict'] },
      },
    },
    resting: {
      description: 'Until the interval to the next check is over.',
      tags: 'probe:resting',
      after: { interval: 'checking' },
    },
    passed: {
      description: 'The sign was given, and is given once: nothing is asked any more.',
      tags: 'probe:passed',
    },
  },
});

const toInput = ({ kind, probe, task, runId, pid }: ProbeContext): ProbeInput => ({ kind, probe, task, runId, pid });
