/**
 * What a task is: the schema every definition passes, whether it comes from a file, the library or (later) the API.
 * Keys are camelCase here; `dirigent.toml` writes the same keys in snake_case. Nothing here reads a file or the environment.
 */
import { constants } from 'node:os';
import { z } from 'zod';
import { Dependency } from './dependency.ts';
import { Probe } from './probe.ts';
import { Duration, DurationOrNever, Size } from './quantity.ts';
import { TaskName } from './task-name.ts';
import { commandList, stringList, withoutNul } from './text.ts';

const EnvName = z.string().regex(/^[^=\0\n]+$/, 'expected the name of an environment variable, without "=", newline or NUL');

const EnvValue = z.union(
  [withoutNul('a value'), z.strictObject({ file: withoutNul('a path').min(1) })],
  'expected a string, or { file = "path" } to read the value from a file at start',
);

const SignalName = z.custom<NodeJS.Signals>(
  (value) => typeof value === 'string' && Object.hasOwn(constants.signals, value),
  'expected the name of a signal, such as SIGTERM, SIGINT or SIGQUIT',
);

const RESTARTS_HINT = 'expected a whole number from 0 to 10000, or "unlimited"';
const EXIT_CODE_HINT = 'expected an exit code from 0 to 255';
const INSTANCES_HINT = 'expected a whole number from 1 to 1000';
const NICE_HINT = 'expected a whole number from -20 to 19';

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // RangeError: no such zone
  }
}

const TimeZone = withoutNul('a time zone').refine(isTimeZone, 'expected a time zone such as "Europe/Berlin" or "UTC"');

const flag = (fallback: boolean) => z.boolean('expected true or false').default(fallback);

/** How a task's log files grow, rotate and go. */
export const LogOptions = z
  .strictObject(
    {
      /** A log file is rotated before it would pass this size. At least 1 KiB. */
      maxSize: Size.refine((bytes) => bytes >= 1024, 'expected at least 1KiB').prefault('10MiB'),
      /** Rotated files kept beside each current one. */
      keep: z.int('expected a whole number').min(0, 'expected 0 or more').max(100_000, 'expected at most 100000').default(5),
      /** Whether rotated files are compressed. */
      compress: flag(false),
      /** A log file is rotated once its first byte is so old; `''`: never. At least a second. */
      rotateEvery: DurationOrNever.prefault(''),
      /** A rotated file is removed once its last byte is so old; `''`: never. At least a second. */
      maxAge: DurationOrNever.prefault(''),
      /** Bytes all log files of the task may take; the oldest rotated ones go first. */
      total: Size.refine((bytes) => bytes >= 4096, 'expected at least 4KiB').prefault('500MiB'),
      /** Whether `combined.log` is written. */
      combined: flag(true),
    },
    'expected a table',
  )
  .prefault({});

/** The options every task has besides its name and command; `[runner]` may set their defaults. */
export const TaskOptions = z.strictObject({
  /** Variables set for the task; they win over inherited ones and those of `envFile`. */
  env: z.record(EnvName, EnvValue, 'expected a table of variables').default({}),
  /** `.env` file or files, read at each start; relative to what `cwd` is relative to. */
  envFile: z
    .union([withoutNul('a path'), stringList('a path')], 'expected a path or a list of paths')
    .transform((paths) => (typeof paths === 'string' ? [paths] : paths))
    .prefault([]),
  /** Whether the runner's environment is passed on: all, nothing, or the names given (`*` at the end matches a prefix). */
  envInherit: z.union([z.boolean(), stringList('a name')], 'expected true, false or a list of names').default(true),
  /** Start when the runner opens. */
  runAtStartup: flag(false),
  /** Write output to files; false: the last 1 MiB a stream, in memory. */
  persistToDisk: flag(true),
  /** At a requested start, `.log` becomes `.log.1`; false: append. */
  rotatePrevious: flag(true),
  /** Run `command` through `sh -c`. */
  shell: flag(false),
  /** Whether a run that ended by itself is followed by another: after a failure, after every end, or not. */
  restart: z.enum(['never', 'on-failure', 'always'], 'expected never, on-failure or always').default('never'),
  /** The first delay of a restart; doubled each time. */
  restartDelay: Duration.prefault('500ms'),
  /** The longest delay, before its jitter. */
  restartMaxDelay: Duration.prefault('60s'),
  /** A run that lived as long begins the delays anew. */
  restartReset: Duration.prefault('10s'),
  /** More failures within the window end in `failed`, gave up. */
  maxRestarts: z
    .union([z.literal('unlimited'), z.int(RESTARTS_HINT).min(0, RESTARTS_HINT).max(10_000, RESTARTS_HINT)], RESTARTS_HINT)
    .default(20),
  /** The window in which failures are counted. */
  restartWindow: Duration.prefault('10m'),
  /** Exit codes that are no failure. */
  successExitCodes: z
    .array(z.int(EXIT_CODE_HINT).min(0, EXIT_CODE_HINT).max(255, EXIT_CODE_HINT), 'expected a list of exit codes')
    .default([0]),
  /** Waited for before a requested start, and started where needed. */
  dependsOn: z.array(Dependency, 'expected a list of tasks').prefault([]),
  /** The group the task belongs to: one of `[[groups]]`. */
  group: TaskName.optional(),
  /** Tells when the task is ready. Absent: once it runs. */
  ready: Probe.optional(),
  /** Tells whether the task still does what it is for; when it does not, the run has failed. */
  alive: Probe.optional(),
  /** How long a task with `ready` may take to become so. */
  startTimeout: Duration.prefault('90s'),
  /** Sent to the process group by `stop`. */
  stopSignal: SignalName.default('SIGTERM'),
  /** From the stop signal to SIGKILL. */
  stopTimeout: Duration.prefault('10s'),
  /** Run to stop the task, in the place of the stop signal: a program and its arguments. */
  stopCommand: commandList.optional(),
  /** The longest a run may take. */
  runTimeout: Duration.optional(),
  /** The most memory all processes of the task may take together. At least 1 MiB. */
  maxMemory: Size.refine((bytes) => bytes >= 1_048_576, 'expected at least 1MiB').optional(),
  /** When the task is started: a cron expression, armed while the runner is open. */
  schedule: withoutNul('a cron expression').min(1, 'expected a cron expression, got an empty string').optional(),
  /** The time zone of `schedule`. Absent: the system's. */
  timezone: TimeZone.optional(),
  /** What a scheduled start does while the task runs. */
  overlap: z.enum(['skip', 'queue', 'restart'], 'expected skip, queue or restart').default('skip'),
  /** Globs of files whose change restarts the task; relative to what `cwd` is relative to. */
  watch: z
    .union([withoutNul('a glob'), stringList('a glob')], 'expected a glob or a list of globs')
    .transform((globs) => (typeof globs === 'string' ? [globs] : globs))
    .prefault([]),
  /** How many of the task there are: `name-1`, `name-2`, … */
  instances: z.int(INSTANCES_HINT).min(1, INSTANCES_HINT).max(1_000, INSTANCES_HINT).default(1),
  /** The user the task runs as, or `user:group`. */
  user: withoutNul('a user')
    .regex(/^[^\s:]+(?::[^\s:]+)?$/, 'expected a user, or a user and a group such as "app:www-data"')
    .optional(),
  /** Scheduling priority, from -20 (first) to 19 (last). */
  nice: z.int(NICE_HINT).min(-20, NICE_HINT).max(19, NICE_HINT).optional(),
  /** Where standard input comes from: nowhere, or what `write` writes. */
  stdin: z.enum(['null', 'pipe'], 'expected null or pipe').default('null'),
  /** How long the pipe of a process that is gone may stay empty before what still holds it is a leftover. */
  drainTimeout: Duration.prefault('2s'),
  /** What happens to processes that outlive the task's main process. */
  leftovers: z.enum(['kill', 'leave'], 'expected kill or leave').default('kill'),
  /** What happens to the task when the runner's process dies unplanned. */
  onSupervisorCrash: z.enum(['stop', 'keep'], 'expected stop or keep').default('stop'),
  /** From SIGTERM to SIGKILL when the runner's process died. */
  orphanTimeout: Duration.prefault('1s'),
  /** Limits of the log files. */
  log: LogOptions,
});

/** Task options that hold where nobody says otherwise. */
export type TaskDefaults = z.input<typeof TaskOptions>;

/** A task, as its author writes it. Only `name` and `command` are required. */
export const TaskDefinitionSchema = z
  .strictObject({
    name: TaskName,
    /** What people read. Default: the name. */
    title: withoutNul('a title')
      .min(1, 'expected a title, got an empty string')
      .max(200, 'expected a title of at most 200 characters')
      .optional(),
    /** The program: a path, or a name looked up in PATH. With `shell`, a line for `sh -c`. */
    command: withoutNul('a command').min(1, 'expected a command, got an empty string'),
    /** Arguments. */
    args: stringList('an argument').default([]),
    /** Working directory; relative to the file, or to the host's when defined in code. */
    cwd: withoutNul('a path').min(1, 'expected a path, got an empty string').default('.'),
    ...TaskOptions.shape,
  })
  .transform((task) => ({ ...task, title: task.title ?? task.name }));

/** A task, as its author writes it: durations as `'10s'` or milliseconds, sizes as `'10MiB'` or bytes. */
export type TaskDefinition = z.input<typeof TaskDefinitionSchema>;

/** A definition with every default filled in: durations in milliseconds, sizes in bytes. */
export type ResolvedTask = z.output<typeof TaskDefinitionSchema>;
