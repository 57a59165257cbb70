/**
 * Every metric there is: its name, what it means, and where its value comes from. Names by the conventions of Prometheus: base units, and
 * `_total` for what only grows. Nothing of a command, an argument or an environment is ever a label. Pure: asks nobody.
 */
import type { StreamCounters, StreamName, TaskInfo, TaskStatus, TaskUsage } from '../index.ts';

/** What is known of one task at the moment. */
export interface SeenTask {
  readonly info: TaskInfo;
  /** Undefined when it does not run. */
  readonly usage: TaskUsage | undefined;
  readonly logs: Readonly<Record<StreamName, StreamCounters>>;
}

/** All there is to tell. */
export interface Seen {
  readonly version: string;
  readonly tasks: readonly SeenTask[];
}

/** One value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. */
export interface Metric {
  readonly name: string;
  /** A counter only grows, until what it counts begins anew. */
  readonly type: 'gauge' | 'counter';
  readonly labels: readonly string[];
  /** One sentence or two. */
  readonly help: string;
  readonly samples: (seen: Seen) => readonly Sample[];
}

const STATES = ['stopped', 'running', 'finished', 'failed'] as const satisfies readonly TaskStatus['state'][];
const STREAMS = ['stdout', 'stderr'] as const satisfies readonly StreamName[];

/** All metrics, in the order in which they are told. */
export const METRICS: readonly Metric[] = [
  {
    name: 'dirigent_build_info',
    type: 'gauge',
    labels: ['version', 'node'],
    help: 'Always 1; the labels say which version runs, on which version of Node.js.',
    samples: ({ version }) => [{ labels: { version, node: process.versions.node }, value: 1 }],
  },
  {
    name: 'dirigent_tasks',
    type: 'gauge',
    labels: [],
    help: 'Tasks that are defined.',
    samples: ({ tasks }) => [{ labels: {}, value: tasks.length }],
  },
  {
    name: 'dirigent_task_state',
    type: 'gauge',
    labels: ['task', 'state'],
    help: '1 for the state the task is in, 0 for the three others.',
    samples: ({ tasks }) =>
      tasks.flatMap(({ info }) =>
        STATES.map((state) => ({ labels: { task: nameOf(info), state }, value: Number(info.status.state === state) })),
      ),
  },
  perTask('dirigent_task_ready', 'gauge', '1 while the task runs and is ready, 0 otherwise.', ({ info }) =>
    Number(info.status.phase === 'ready'),
  ),
  perTask(
    'dirigent_task_restarts',
    'gauge',
    'Automatic restarts since the last start that someone asked for, which sets it to 0.',
    ({ info }) => info.restarts,
  ),
  perTask(
    'dirigent_task_start_time_seconds',
    'gauge',
    'When the process of the present run started, in seconds since 1970. Only of tasks that run: the time since then is their uptime.',
    ({ info: { status, startedAt } }) => (status.state === 'running' && startedAt !== null ? startedAt.getTime() / 1000 : null),
  ),
  perTask(
    'dirigent_task_last_exit_code',
    'gauge',
    'Exit code of the last run that is over; none when a signal ended it.',
    ({ info }) => info.lastRun?.exitCode ?? null,
  ),
  perTask(
    'dirigent_task_cpu_seconds_total',
    'counter',
    'Processor time of all processes of the present run. Only of tasks that run.',
    ({ usage }) => usage?.cpuSeconds ?? null,
  ),
  perTask(
    'dirigent_task_memory_bytes',
    'gauge',
    'Resident memory of all processes of the task; what they share counts once for each. Only of tasks that run.',
    ({ usage }) => usage?.memoryBytes ?? null,
  ),
  perTask('dirigent_task_processes', 'gauge', 'Processes of the task. Only of tasks that run.', ({ usage }) => usage?.processes ?? null),
  perStream('read', 'Bytes read from the task, since the companion process started.'),
  perStream('written', 'Bytes of these that are in the log, or in memory where the task keeps no files.'),
  perStream('dropped', 'Bytes of these that the disk did not take.'),
];

function perTask(name: string, type: Metric['type'], help: string, valueOf: (task: SeenTask) => number | null): Metric {
  const samples = ({ tasks }: Seen): Sample[] =>
    tasks.flatMap((task) => {
      const value = valueOf(task);
      return value === null ? [] : [{ labels: { task: nameOf(task.info) }, value }];
    });
  return { name, type, help, labels: ['task'], samples };
}

function perStream(what: 'read' | 'written' | 'dropped', help: string): Metric {
  const samples = ({ tasks }: Seen): Sample[] =>
    tasks.flatMap(({ info, logs }) => STREAMS.map((stream) => ({ labels: { task: nameOf(info), stream }, value: logs[stream][what] })));
  return { name: `dirigent_task_log_${what}_bytes_total`, type: 'counter', labels: ['task', 'stream'], help, samples };
}

function nameOf({ definition }: TaskInfo): string {
  return definition.name;
}
