/**
 * What each key of `dirigent.toml` means, in a sentence for the JSON Schema, which editors show. The types demand a sentence
 * for every key of the model.
 */
import type { z } from 'zod';
import type { RunnerTable } from '../model/config.ts';
import type { LogOptions, TaskDefinition } from '../model/definition.ts';

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
  stopSignal: "Signal that a stop sends to the task's process group.",
  stopTimeout: 'From the stop signal to SIGKILL.',
  drainTimeout: 'How long the pipes of a task whose process is gone may stay empty before what holds them open counts as left over.',
  leftovers: "What happens to processes that outlive the task's own: kill, or leave.",
  onSupervisorCrash: 'What happens to the task when the runner dies unplanned.',
  orphanTimeout: 'From SIGTERM to SIGKILL once the runner has died.',
  log: 'How the log files grow, rotate and go.',
  dataDir: "Folder of logs and state, relative to this file. Default: a folder of the project's own in the user's data directory.",
  shutdownTimeout: 'How long closing the runner waits for all tasks to stop before it kills them.',
  keepRuns: 'How many past runs of each task are kept for dirigent runs; 0 for none, at most 10000.',
};

/** Keys of `log`. */
export const LOG_DESCRIPTIONS: Readonly<Record<keyof NonNullable<z.input<typeof LogOptions>>, string>> = {
  maxSize: 'A log file is rotated before it would pass this size; at least 1KiB.',
  keep: 'Rotated files kept beside each current one.',
  total: 'Bytes that all log files of the task may take; the oldest rotated ones go first; at least 4KiB.',
  combined: 'Whether combined.log, with the lines of both streams, is written.',
};

/** `name`, of a task and of `[runner]`. */
export const NAME_DESCRIPTIONS = {
  task: "The task's name and id, unique without regard to case.",
  runner: "What the project is called; part of its data directory's name. Default: the name of this file's folder.",
} as const;
