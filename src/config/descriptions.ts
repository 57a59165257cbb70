/**
 * What each key of `dirigent.toml` means, in a sentence for the JSON Schema, which editors show. The types demand a sentence
 * for every key of the model.
 */
import type { z } from 'zod';
import type { ApiTable, RunnerTable } from '../model/config.ts';
import type { LogOptions, TaskDefinition } from '../model/definition.ts';
import type { GroupDefinition } from '../model/group.ts';
import type { ProbeDefinition } from '../model/probe.ts';

/** Keys of a task and of `[runner]`; `name` means something else in each. */
export const DESCRIPTIONS: Readonly<Record<Exclude<keyof TaskDefinition | keyof RunnerTable, 'name'>, string>> = {
  title: 'What people read. Default: the name.',
  command: 'The program: a path, or a name looked up in PATH. With shell = true, a line for sh -c.',
  args: 'Arguments of the command.',
  cwd: "Working directory, relative to this file. Default: this file's folder.",
  env: 'Variables set for the task; they win over inherited ones and those of env_file. A value is text, or { file = "path" } to read it at each start.',
  envFile: '.env file or files, relative to this file, read at each start.',
  envInherit:
    "Which variables of the runner's environment the task gets: true for all, false for none, or a list of names; LC_* matches a prefix.",
  runAtStartup: 'Whether the task starts when the runner does.',
  persistToDisk: 'Whether output is written to log files; if not, the last 1 MiB of each stream is kept in memory.',
  rotatePrevious: 'Whether a requested start moves the logs aside (.log becomes .log.1); if not, it appends.',
  shell: 'Whether the command is a line for sh -c.',
  restart:
    'Whether a run that ended by itself is followed by another: never, on-failure (a failure, or an exit code that is none of success_exit_codes), or always.',
  restartDelay: 'Delay of the first restart; doubled each time, with a jitter of 20 %.',
  restartMaxDelay: 'The longest delay of a restart, before its jitter.',
  restartReset: 'A run that lived as long begins the delays anew.',
  maxRestarts: 'More failures than this within restart_window, and the task is given up; "unlimited" for no bound.',
  restartWindow: 'The time in which failures are counted.',
  successExitCodes: 'Exit codes that are no failure.',
  dependsOn:
    'Tasks waited for before a requested start, and started where needed: "db" (until ready), or { task = "db", until = "succeeded" }; also running, finished.',
  group: 'The [[groups]] entry the task belongs to.',
  ready: 'A probe that tells when the task is ready: http, tcp, exec, log or notify_fd. Without it a task is ready once it runs.',
  alive: 'A probe that tells whether the task still works; after so many failures in a row the run has failed.',
  startTimeout: 'How long a task with ready may take to become ready before its start has failed.',
  stopSignal: "Signal that a stop sends to the task's process group.",
  stopTimeout: 'From the stop signal to SIGKILL.',
  stopCommand: 'A program and its arguments, run to stop the task in the place of the stop signal.',
  runTimeout: 'The longest a run may take; then it is stopped and has failed.',
  maxMemory: 'The most memory all processes of the task may take together; then it is stopped and has failed.',
  schedule: 'A cron expression: when the task is started, while the runner is open.',
  timezone: "Time zone of schedule. Default: the system's.",
  overlap: 'What a scheduled start does while the task still runs: skip it, queue it, or restart the task.',
  watch: 'Globs of files, relative to this file, whose change restarts the task.',
  instances: 'How many of the task there are: name-1, name-2, …, each with its number in DIRIGENT_INSTANCE.',
  user: 'User the task runs as, "app" or "app:www-data".',
  nice: 'Scheduling priority, from -20 (first) to 19 (last).',
  stdin: 'Where standard input comes from: null for nowhere, or pipe for what write writes.',
  drainTimeout: 'How long the pipes of a task whose process is gone may stay empty before what holds them open counts as left over.',
  leftovers: "What happens to processes that outlive the task's own: kill, or leave.",
  onSupervisorCrash: 'What happens to the task when the runner dies unplanned: stop, or keep, and the next runner goes on with it.',
  orphanTimeout: 'From SIGTERM to SIGKILL once the runner has died.',
  log: 'How the log files grow, rotate and go.',
  dataDir: "Folder of logs and state, relative to this file. Default: a folder of the project's own in the user's data directory.",
  shutdownTimeout: 'How long closing the runner waits for all tasks to stop before it kills them.',
  keepRuns: 'How many past runs of each task are kept for dirigent runs; 0 for none, at most 10000.',
  history: 'Room for every step of every state machine, kept for dirigent record, at least 1MiB; false keeps none.',
};

/** Keys of `log`. */
export const LOG_DESCRIPTIONS: Readonly<Record<keyof NonNullable<z.input<typeof LogOptions>>, string>> = {
  maxSize: 'A log file is rotated before it would pass this size; at least 1KiB.',
  keep: 'Rotated files kept beside each current one.',
  compress: 'Whether rotated files are compressed with gzip, in the background.',
  rotateEvery: 'A log file is rotated once its first byte is so old, at least 1s; "" for never.',
  maxAge: 'A rotated file is removed once its last byte is so old, at least 1s; "" for never.',
  total: 'Bytes that all log files of the task may take; the oldest rotated ones go first; at least 4KiB.',
  combined: 'Whether combined.log, with the lines of both streams, is written.',
};

/** Keys of `ready` and `alive`, as a file writes them. */
export const PROBE_DESCRIPTIONS: Readonly<Record<Exclude<keyof ProbeDefinition, 'check'>, string>> = {
  http: 'Passes when a GET of this URL answers with a status from 200 to 399.',
  tcp: 'Passes when this address, host:port, takes a connection.',
  exec: "Passes when this command, a program and its arguments in the task's folder and environment, exits with 0.",
  log: 'Passes when a line of the output matches this regular expression; one without lookaround and references back.',
  notifyFd: 'Passes when the task writes a newline to this descriptor, which is open in it.',
  interval: 'From the end of one check to the next.',
  timeout: 'After which a check has failed.',
  successes: 'So many checks in a row must pass.',
  failures: 'So many in a row must fail.',
  startPeriod: 'So long after the start of the process failures do not count.',
};

/** Keys of a `[[groups]]` entry. */
export const GROUP_DESCRIPTIONS: Readonly<Record<Exclude<keyof GroupDefinition, 'name'>, string>> = {
  strategy:
    'Who is started again with a member that failed: one_for_one, nobody else; one_for_all, all members; rest_for_one, those defined after it.',
  maxRestarts:
    'How often within restart_window the group begins anew after a member gave up, or "unlimited"; once more, and the group stops. Without it one_for_one leaves such a member as it is, the other strategies stop the group.',
  restartWindow: 'The time in which members that gave up are counted.',
};

/** Keys of `[api]`. */
export const API_DESCRIPTIONS: Readonly<Record<keyof ApiTable, string>> = {
  listen:
    'Address, host and port, at which dirigent serve can be reached over TCP too, always with a token: "127.0.0.1:7411", "[::1]:7411". Without it only over the socket in the data directory.',
  allowDefine: 'Whether tasks may be defined, and their commands changed, over TCP. Over the socket they always may.',
  allowedHosts:
    'Names under which requests over TCP may reach it, such as "tasks.example" of a reverse proxy, with whatever port or with one. Those of the loopback and the one in listen always may.',
};

/** `name`, of a task, of a group and of `[runner]`. */
export const NAME_DESCRIPTIONS = {
  task: "The task's name and id, unique without regard to case.",
  group: "The group's name, which its members have as group; unique without regard to case.",
  runner: "What the project is called; part of its data directory's name. Default: the name of this file's folder.",
} as const;
