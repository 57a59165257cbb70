/** A project as its files alone tell it, with or without a runner: what `ps` and `logs` need. Locks, starts and changes nothing. */
import { readdirSync } from 'node:fs';
import { resolveDefinition } from './config/definition.ts';
import { expandInstances, toLookup } from './config/instances.ts';
import type { LoadedConfig } from './config/loaded.ts';
import { TaskError, messageOf } from './errors.ts';
import type { ResolvedTask, TaskDefaults } from './model/definition.ts';
import { TASK_NAME_PATTERN } from './model/task-name.ts';
import { toShown, type DefinitionPlace, type ShownDefinition, type TaskInfo, type TaskOrigin } from './model/info.ts';
import type { TaskRun } from './model/run-history.ts';
import type { RunRecord } from './model/run-record.ts';
import type { TaskStatus } from './model/status.ts';
import { RUN_FILE } from './output/layout.ts';
import type { DirigentPaths } from './paths.ts';
import { failed, readLastEntry, readRunRecord, toLastRun, toStatus } from './runner/run-files.ts';
import { readRuns, type RunsOptions } from './runner/runs.ts';
import { loadTaskStore } from './runner/task-store.ts';
import { OwnedDir } from './util/owned-dir.ts';

/**
 * The tasks of a configuration, and after them those that only their files tell of, each with its present or last run.
 * @param defaults - for those of `tasks.json`, as their runner has them; those of the configuration have theirs
 */
export function readTasksOnDisk(paths: DirigentPaths, config: Pick<LoadedConfig, 'tasks'>, defaults: TaskDefaults = {}): TaskInfo[] {
  // The configuration comes first, and wins over what was persisted under the same name.
  const names = new Set(config.tasks.map(({ definition }) => definition.name));
  const persisted = readPersisted(paths, defaults).filter(({ name }) => !names.has(name));
  const lookup = toLookup([...persisted, ...config.tasks.map(({ definition }) => definition)]);
  const expand = (definition: ResolvedTask, origin: TaskOrigin, definedAt: DefinitionPlace | null): Defined[] =>
    expandInstances(definition, lookup).map((task) => ({ definition: toShown(task), origin, definedAt }));
  const configured = config.tasks.flatMap(({ definition, source }) => expand(definition, 'file', source));
  const all = [...configured, ...persisted.flatMap((definition) => expand(definition, 'api', null))];
  const defined = new Map(all.map((each) => [each.definition.name, each]));
  return [...new Set([...defined.keys(), ...folderNames(paths.tasksDir())])].map((name) =>
    toInfo(name, defined.get(name), readRun(paths, name)),
  );
}

interface Defined {
  readonly definition: ShownDefinition;
  readonly origin: TaskOrigin;
  readonly definedAt: DefinitionPlace | null;
}

function readPersisted(paths: DirigentPaths, defaults: TaskDefaults): ResolvedTask[] {
  let dir: OwnedDir;
  try {
    dir = OwnedDir.openExisting(paths.dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing has run yet
    throw new TaskError('DATA_DIR_UNUSABLE', `${paths.dataDir} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return loadTaskStore(dir).map((input) => resolveDefinition(input, { baseDir: paths.dataDir, label: 'tasks.json', defaults }));
  } finally {
    dir.close();
  }
}

/**
 * The runs of a task that are over, newest first, as many as the configuration keeps.
 * @throws TaskError `DATA_DIR_UNUSABLE` when a file of it cannot be read
 */
export async function readRunsOnDisk(
  paths: DirigentPaths,
  config: Pick<LoadedConfig, 'runner'>,
  name: string,
  options: RunsOptions = {},
): Promise<TaskRun[]> {
  const run = readRun(paths, name);
  return readRuns(paths, name, 'problem' in run ? null : run.lastRun, { keepRuns: config.runner.keepRuns, ...options });
}

function folderNames(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => TASK_NAME_PATTERN.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing has run yet
    throw new TaskError('DATA_DIR_UNUSABLE', `${dir} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

type Run = { readonly record: RunRecord | undefined; readonly lastRun: TaskRun | null } | { readonly problem: string };

function readRun(paths: DirigentPaths, name: string): Run {
  let dir: OwnedDir;
  try {
    dir = OwnedDir.openExisting(paths.taskDir(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { record: undefined, lastRun: null };
    return { problem: messageOf(error) };
  }
  try {
    const record = readRunRecord(dir);
    return { record, lastRun: (record === undefined ? undefined : toLastRun(record)) ?? lastOfHistory(dir) };
  } catch (error) {
    return { problem: TaskError.is(error) ? error.message : `${RUN_FILE} is damaged: ${messageOf(error)}` };
  } finally {
    dir.close();
  }
}

function lastOfHistory(dir: OwnedDir): TaskRun | null {
  try {
    return readLastEntry(dir) ?? null;
  } catch {
    return null; // the present run is told all the same; what is wrong with the history says whoever asks for it
  }
}

function toInfo(name: string, defined: Defined | undefined, run: Run): TaskInfo {
  const { record, lastRun } = 'problem' in run ? { record: undefined, lastRun: null } : run;
  return {
    definition: defined?.definition ?? ((record?.definition ?? unknownDefinition(name)) as ShownDefinition),
    status: statusOf(run),
    startedAt: toDate(record?.startedAt),
    stoppedAt: toDate(record?.exit?.at),
    nextStartAt: null,
    runId: record?.runId ?? null,
    restarts: 0,
    outputComplete: record?.outputComplete ?? null,
    origin: defined?.origin ?? 'api',
    definedAt: defined?.definedAt ?? null,
    pendingChange: false,
    lastRun,
  };
}

function statusOf(run: Run): TaskStatus {
  if ('problem' in run) return failed({ reason: 'lost', message: run.problem });
  return run.record === undefined ? { state: 'stopped', phase: 'idle' } : toStatus(run.record);
}

/** Of a task whose only trace is a damaged record, or its logs. */
const unknownDefinition = (name: string): ShownDefinition =>
  toShown(resolveDefinition({ name, command: '(unknown)' }, { baseDir: '/', label: name }));

const toDate = (iso: string | null | undefined): Date | null => (iso ? new Date(iso) : null);
