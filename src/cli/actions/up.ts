/** `dirigent up`: tasks in the foreground, with their output, until they have ended or are to stop. Leaves nobody behind. */
import { TaskError, TaskRunner, type RunnerLogger, type TaskInfo } from '../../index.ts';
import { Session, type SessionOptions } from '../foreground/session.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { Cli } from '../host.ts';
import { loadProject, selectTasks } from '../project.ts';

/** Options of `up`. */
export interface UpOptions {
  readonly abortOnFailure?: boolean;
  readonly exitCodeFrom?: string;
  readonly prefix: boolean;
}

/** Runs the tasks that were asked for, or those that the configuration starts. */
export async function up(cli: Cli, names: readonly string[], { abortOnFailure = false, exitCodeFrom, prefix }: UpOptions): Promise<number> {
  const { config, paths } = await loadProject(cli);
  warnOfProcessOne(cli);
  const signals = new StopSignals(); // from here on: one that comes while the runner opens must find somebody
  try {
    const logger = cli.globals.verbose ? await createLogger() : {};
    const runner = await TaskRunner.open({ dataDir: paths.dataDir, config: config.files, autostart: false, ...logger });
    try {
      const all = runner.listTasks();
      const choice = chooseTasks(all, names);
      const shown = withNeeded(all, [...choice.started, ...choice.awaited]);
      checkExitCodeFrom(runner, shown, exitCodeFrom);
      const options: SessionOptions = { abortOnFailure, exitCodeFrom, prefix };
      return await new Session(runner, { ...choice, shown }, cli, options, signals).run();
    } finally {
      await runner.close();
    }
  } finally {
    signals.dispose();
  }
}

/** Orphans of the tasks are process 1's to reap, and Node.js reaps only what it started itself. */
function warnOfProcessOne({ err }: Cli): void {
  if (process.pid !== 1) return;
  err.writeLine(
    'dirigent: this is process 1, and orphans of the tasks stay zombies; start it by an init: tini -- dirigent up, or docker run --init',
  );
}

/** On stderr and at once: the last line before a crash is the one that matters. Loaded only for who asks for it. */
async function createLogger(): Promise<{ readonly logger: RunnerLogger }> {
  const { pino } = await import('pino');
  return { logger: pino({ name: 'dirigent', level: 'debug' }, pino.destination({ fd: 2, sync: true })) };
}

interface Choice {
  readonly started: readonly TaskInfo[];
  /** Those that start by their schedule alone. */
  readonly awaited: readonly TaskInfo[];
}

function chooseTasks(all: readonly TaskInfo[], names: readonly string[]): Choice {
  if (names.length > 0) return { started: selectTasks(all, names), awaited: [] };
  if (all.length === 0)
    throw new TaskError(
      'CONFIG_INVALID',
      'there is nothing to start: no task is defined; add a [[tasks]] table to dirigent.toml, or name a file with --config',
    );
  const atStartup = all.filter(({ definition }) => definition.runAtStartup);
  const scheduled = all.filter(({ definition }) => definition.schedule !== undefined);
  const started = atStartup.length > 0 ? atStartup : all.filter((task) => !scheduled.includes(task));
  return { started, awaited: scheduled.filter((task) => !started.includes(task)) };
}

/** `tasks` and all they depend on, in the order of definition. */
function withNeeded(all: readonly TaskInfo[], tasks: readonly TaskInfo[]): readonly TaskInfo[] {
  const needed = new Set(tasks.map(({ definition }) => definition.name));
  const byName = new Map(all.map((task) => [task.definition.name, task]));
  // A set that grows while it is walked is walked to its end.
  for (const name of needed) for (const { task } of byName.get(name)?.definition.dependsOn ?? []) needed.add(task);
  return all.filter(({ definition }) => needed.has(definition.name));
}

function checkExitCodeFrom(runner: TaskRunner, tasks: readonly TaskInfo[], name: string | undefined): void {
  if (name === undefined) return;
  runner.getTask(name); // one that does not exist is told as such
  if (tasks.some(({ definition }) => definition.name === name)) return;
  throw new TaskError(
    'ARGUMENT_INVALID',
    `--exit-code-from: ${name} is not among the tasks to start; name it too, or leave the option out`,
  );
}
