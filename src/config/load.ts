/**
 * Loads configuration files: all of them, or none and every problem at once. Later files win, task by task and key by key
 * of `[runner]`. Nothing is started, created or written.
 */
import { dirname, resolve } from 'node:path';
import { RunnerSchema } from '../model/config.ts';
import { TaskDefinitionSchema } from '../model/definition.ts';
import type { ResolvedTask } from '../model/definition.ts';
import { openDocument } from './document.ts';
import type { ConfigDocument } from './document.ts';
import type { Environment } from './expand.ts';
import { quote } from './got.ts';
import { FILE_SPELLING, RUNNER_KEYS, TASK_KEYS } from './keys.ts';
import { absoluteFiles, absolutePaths } from './paths.ts';
import { placeFaults } from './positions.ts';
import { configInvalid, pathText, shortPath } from './problems.ts';
import type { Fault, PathPart, Problem } from './problems.ts';
import { validateTable, withDefaults } from './validate.ts';

/** What to load, and as whom. */
export interface LoadOptions {
  /** Absolute paths, or relative to `cwd`; of the same task in two, the later wins. */
  readonly files: readonly string[];
  /** What `${NAME}` stands for. */
  readonly env: Environment;
  /** Files below it are shown relative to it. @defaultValue the process's */
  readonly cwd?: string;
  /** User that must be able to believe the files. @defaultValue the process's effective one */
  readonly uid?: number;
}

/** Where a task was read. */
export interface TaskSource {
  /** Absolute. */
  readonly file: string;
  /** Of its `[[tasks]]`, from 1. */
  readonly line: number;
}

/** A task of a file. */
export interface LoadedTask {
  readonly definition: ResolvedTask;
  readonly source: TaskSource;
}

/** `[runner]` less the defaults for tasks, which are in the tasks. */
export interface RunnerSettings {
  readonly name: string | null;
  /** Absolute. */
  readonly dataDir: string | null;
  /** Milliseconds. */
  readonly shutdownTimeout: number;
}

/** A configuration, whole and valid. */
export interface LoadedConfig {
  /** Absolute, in the order given. */
  readonly files: readonly string[];
  /** In the order of first mention. */
  readonly tasks: readonly LoadedTask[];
  readonly runner: RunnerSettings;
  /** What was ignored, each a sentence that begins with the file. */
  readonly notes: readonly string[];
}

/**
 * Loads and merges `files`; none is a configuration without tasks.
 * @throws TaskError `CONFIG_INVALID`, with all problems of all files in its message and in `details.problems`
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const cwd = options.cwd ?? process.cwd();
  const files = options.files.map((file) => resolve(cwd, file));
  const opened: (ConfigDocument | Problem)[] = [];
  for (const file of files) opened.push(await openDocument(file, options.env, options.uid ?? process.geteuid?.() ?? 0));
  const documents = opened.filter((document) => 'tasks' in document);
  const runner = mergeRunners(documents);
  const tasks = mergeTasks(documents, runner, cwd);
  const problems: Problem[] = [];
  for (const document of opened) problems.push(...('tasks' in document ? await placed(document) : [document]));
  if (problems.length > 0) throw configInvalid(problems, cwd);
  const notes = documents.flatMap(({ file, notes: own }) => own.map((note) => `${shortPath(file, cwd)}: ${note}`));
  return { files, tasks, runner: toSettings(runner), notes };
}

/** `[runner]` of all files, later keys over earlier ones; paths are absolute, since each file has its own folder. */
function mergeRunners(documents: readonly ConfigDocument[]): Readonly<Record<string, unknown>> {
  let merged: Readonly<Record<string, unknown>> = {};
  for (const { file, runner, faults } of documents) {
    const result = validateTable(runner, { schema: RunnerSchema, keys: RUNNER_KEYS, spelling: FILE_SPELLING, base: ['runner'] });
    faults.push(...result.faults);
    if (result.value === undefined) continue;
    const folder = dirname(file);
    const { dataDir, ...rest } = absoluteFiles(result.value, folder);
    merged = withDefaults(onlyGiven({ ...rest, ...(dataDir === undefined ? {} : { dataDir: resolve(folder, dataDir) }) }, result.given), merged);
  }
  return merged;
}

/** `table` without what the schema filled in: a default of the schema must not win over an earlier file's word. */
function onlyGiven(table: Readonly<Record<string, unknown>>, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(table).filter(([key]) => Object.hasOwn(given, key));
  const { log } = given;
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'log' && typeof log === 'object' && log !== null ? log : value]));
}

function toSettings(runner: Readonly<Record<string, unknown>>): RunnerSettings {
  const { name, dataDir, shutdownTimeout } = RunnerSchema.parse(runner);
  return { name: name ?? null, dataDir: dataDir ?? null, shutdownTimeout };
}

/** Tasks of all files by name; faults go to the file they are in. */
function mergeTasks(documents: readonly ConfigDocument[], runner: Readonly<Record<string, unknown>>, cwd: string): LoadedTask[] {
  const { name: _name, dataDir: _dataDir, shutdownTimeout: _timeout, ...defaults } = runner;
  const merged = new Map<string, LoadedTask>();
  const spelled = new Map<string, LoadedTask>();
  for (const document of documents) {
    const own = tasksOf(document, defaults);
    refuseDuplicates(document, cwd);
    for (const task of own) {
      const { name } = task.definition;
      const other = spelled.get(name.toLowerCase());
      if (other !== undefined && other.definition.name !== name && other.source.file !== document.file) {
        document.faults.push(duplicate(indexOf(document, task), name, `${shortPath(other.source.file, cwd)}:${other.source.line} has ${quote(other.definition.name)}`));
      }
      spelled.set(name.toLowerCase(), task);
      merged.set(name, task);
    }
  }
  return [...merged.values()];
}

function tasksOf(document: ConfigDocument, defaults: Readonly<Record<string, unknown>>): LoadedTask[] {
  const loaded: LoadedTask[] = [];
  document.tasks.forEach((task, index) => {
    if (task === undefined) return;
    const rules = { schema: TaskDefinitionSchema, keys: TASK_KEYS, spelling: FILE_SPELLING, base: ['tasks', index], defaults };
    const { value, faults } = validateTable(task, rules);
    document.faults.push(...faults);
    const source = { file: document.file, line: document.taskLines[index] ?? 1 };
    if (value !== undefined) loaded.push({ definition: absolutePaths(value, dirname(document.file)), source });
  });
  return loaded;
}

const indexOf = (document: ConfigDocument, task: LoadedTask): number =>
  document.tasks.findIndex((candidate, index) => document.taskLines[index] === task.source.line && candidate?.['name'] === task.definition.name);

/** Names are compared as written, valid or not otherwise: a task with another fault may be a duplicate too. */
function refuseDuplicates(document: ConfigDocument, cwd: string): void {
  const first = new Map<string, number>();
  document.tasks.forEach((task, index) => {
    const name = task?.['name'];
    if (typeof name !== 'string') return;
    const earlier = first.get(name.toLowerCase());
    if (earlier === undefined) first.set(name.toLowerCase(), index);
    else document.faults.push(duplicate(index, name, `tasks[${earlier}] at ${shortPath(document.file, cwd)}:${document.taskLines[earlier] ?? 1} has ${quote(String(document.tasks[earlier]?.['name']))}`));
  });
}

const duplicate = (index: number, name: string, other: string): Fault => ({
  path: ['tasks', index, 'name'],
  at: 'value',
  message: `expected a name no other task has, whatever its case, got ${quote(name)}: ${other}`,
  hint: 'rename one of the two, or remove it',
});

/** One problem for one place: a value that could not be expanded is not also refused for what it is unexpanded. */
async function placed(document: ConfigDocument): Promise<Problem[]> {
  if (document.faults.length === 0) return [];
  const seen = new Set<string>();
  const isNew = (path: readonly PathPart[]): boolean => {
    const before = seen.size;
    return seen.add(pathText(path)).size > before;
  };
  return placeFaults(document, document.faults.filter(({ path }) => isNew(path)));
}
