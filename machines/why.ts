/**
 * Why a task is in the state it is in: a chain of reasons, each with what happens next, from what the machines know. Pure; times are
 * epoch milliseconds, and what they mean now is for others to say.
 */
import { judgeDependency, leaderOf } from './dependencies.ts';
import type { TaskView, World } from './orchestration.types.ts';
import type { ProbeContext } from './probe.machine.ts';
import { nextStartOf } from './task.status.ts';
import type { TaskContext } from './task.types.ts';

/** One link of the chain. */
export interface Reason {
  /** The task it is about. */
  readonly task: string;
  /** A sentence without its full stop, such as `db is not ready: tcp 127.0.0.1:5432 refused 14 times`. */
  readonly message: string;
  /** What comes next, such as `the next check`, or what to do; null: nothing has to. */
  readonly next: string | null;
  /** When that is, in epoch milliseconds; null where nobody knows. */
  readonly nextAt: number | null;
}

/** A task with all its machine knows. */
export interface ExplainedTask {
  readonly view: TaskView;
  readonly context: TaskContext;
  /** Its probes, while there are any. */
  readonly probes: readonly ProbeContext[];
}

/** All tasks, to be looked up. */
export interface Evidence {
  readonly world: World;
  readonly task: (name: string) => ExplainedTask | undefined;
}

const reason = (task: string, message: string, next: string | null = null, nextAt: number | null = null): Reason => ({
  task,
  message,
  next,
  nextAt,
});

/** The reasons of a task's state: its own first, then those of the tasks it is about, each once. */
export function toReasons(name: string, evidence: Evidence): Reason[] {
  const reasons: Reason[] = [];
  const asked = new Set([name]);
  // A set that grows while it is walked is walked to its end.
  for (const one of asked) {
    const task = evidence.task(one);
    if (task === undefined) reasons.push(reason(one, `there is no task ${one}`, 'define it'));
    else
      for (const { others, ...own } of explain(task, evidence)) {
        reasons.push(own);
        for (const other of others) asked.add(other);
      }
  }
  return reasons;
}

/** A reason, and the tasks whose own reasons stand behind it. */
interface Link extends Reason {
  readonly others: readonly string[];
}

const link = (own: Reason, ...others: string[]): Link => ({ ...own, others });

function explain(task: ExplainedTask, evidence: Evidence): Link[] {
  const { name, status } = task.view;
  switch (status.phase) {
    case 'waiting':
      return explainWaiting(task, evidence);
    case 'unready':
      return explainUnready(task);
    case 'idle':
      return [explainIdle(task, evidence)];
    case 'settled':
    case 'backingOff':
      return [explainEnd(task)];
    case 'starting':
      return [link(reason(name, `${name} is being started`, 'its process'))];
    case 'ready':
      return [link(reason(name, `${name} runs${task.probes.length > 0 ? ', and its probes pass' : ''}`))];
    case 'stopping':
    case 'killing':
    case 'draining':
      return [link(explainEnding(task))];
  }
}

function explainWaiting({ view }: ExplainedTask, evidence: Evidence): Link[] {
  const { name, definition } = view;
  const dependencies = definition.dependsOn
    .filter((dependency) => judgeDependency(dependency, evidence.world) !== 'met')
    .map(({ task, until }) =>
      link(reason(name, `${name} waits for ${task} ${UNTIL[until]}`, `its start, once ${task} ${IS[until]}`), task),
    );
  const leader = leaderOf(name, evidence.world, new Set());
  const group =
    leader === undefined
      ? []
      : [link(reason(name, `${name} waits for ${leader}, which comes before it in the group ${definition.group}`, 'its start'), leader)];
  const links = [...dependencies, ...group];
  return links.length > 0 ? links : [link(reason(name, `${name} waits until its group ${definition.group} has stopped`, 'its start'))];
}

const UNTIL = { running: 'to run', ready: 'to be ready', finished: 'to finish', succeeded: 'to succeed' } as const;
const IS = { running: 'runs', ready: 'is ready', finished: 'has finished', succeeded: 'has succeeded' } as const;

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

function explainUnready({ view, context, probes }: ExplainedTask): Link[] {
  const failing = probes.filter(({ told, kind }) => told !== 'passed' || !context.passing[kind]);
  return failing.map(({ kind, message, fails, nextCheckAt }) => {
    const seen = message === null ? 'its first check is under way' : `${message}${fails > 1 ? `, ${times(fails)} in a row` : ''}`;
    const what = kind === 'ready' ? 'ready' : 'known to be alive';
    return link(reason(view.name, `${view.name} is not ${what}: ${seen}`, 'the next check', message === null ? null : nextCheckAt));
  });
}

function explainIdle({ view, context }: ExplainedTask, { world }: Evidence): Link {
  const { name, definition, runId } = view;
  const next = context.scheduledAt === null ? 'start it' : 'its scheduled start';
  if (context.stopCause !== null) {
    const culprits = world.order.definitions.filter(
      ({ group, name: other }) => group === definition.group && other !== name && context.stopCause?.includes(`because ${other} did`),
    );
    return link(
      reason(name, `${name} was stopped: ${context.stopCause}`, next, context.scheduledAt),
      ...culprits.map((culprit) => culprit.name),
    );
  }
  const message = runId === null ? `${name} has not been started` : `${name} was stopped on request`;
  return link(reason(name, message, next, context.scheduledAt));
}

function explainEnd({ view, context }: ExplainedTask): Link {
  const { name, status, definition } = view;
  const isFailed = status.state === 'failed';
  const how = isFailed
    ? `failed: ${status.error.message}`
    : status.state === 'finished'
      ? `finished with exit code ${status.exitCode}`
      : status.state;
  const message = `${name} ${how.replace(/\.$/, '')}`;
  const nextAt = nextStartOf(context);
  if (status.phase === 'backingOff' && nextAt === context.nextStartAt)
    return link(reason(name, message, `start number ${context.restarts + 2}, after a delay that doubles`, nextAt));
  if (context.scheduledAt !== null) return link(reason(name, message, 'its scheduled start', context.scheduledAt));
  if (!isFailed)
    return link(reason(name, message, definition.restart === 'never' ? null : 'nothing: its restart policy does not ask for it'));
  const culprit = definition.dependsOn.find(
    ({ task }) => status.error.reason === 'dependency' && status.error.message.startsWith(`dependency ${task} `),
  );
  const cause =
    status.error.reason === 'gaveUp' ? 'mend the cause and start it: it is not started again by itself' : 'start it once that is mended';
  return link(reason(name, message, cause), ...(culprit === undefined ? [] : [culprit.task]));
}

function explainEnding({ view, context }: ExplainedTask): Reason {
  const { name, status } = view;
  const why = context.error?.message ?? (context.stopCause === null ? 'someone asked for it' : context.stopCause);
  const because = why.replace(/\.$/, '');
  if (status.phase === 'draining')
    return reason(name, `the process of ${name} has ended, and its output is still being written`, 'its end');
  if (status.phase === 'killing') return reason(name, `${name} did not end within its stop timeout, and is being killed`, 'its end');
  return reason(name, `${name} is being stopped: ${because}`, 'its end, or SIGKILL at the stop timeout');
}
