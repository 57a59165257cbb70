/**
 * Loads configuration files: all of them, or none and every problem at once. Nothing is started, created or written.
 */
import { resolve } from 'node:path';
import type { TaskDefaults } from '../model/definition.ts';
import { openDocument } from './document.ts';
import type { ConfigDocument } from './document.ts';
import type { Environment } from './expand.ts';
import type { LoadedConfig } from './loaded.ts';
import { mergeApi } from './merge-api.ts';
import { mergeGroups } from './merge-groups.ts';
import { mergeRunners } from './merge-runners.ts';
import { mergeTasks } from './merge-tasks.ts';
import { placeFaults } from './positions.ts';
import { configInvalid, pathText, shortPath } from './problems.ts';
import type { Fault, Problem } from './problems.ts';
import { resolveTaskDefaults } from './task-defaults.ts';

/** What to load, and as whom. */
export interface LoadOptions {
  /** Absolute paths, or relative to `cwd`; of a task or group that stands in two, the later wins. */
  readonly files: readonly string[];
  /** What `${NAME}` stands for. */
  readonly env: Environment;
  /** Files below it are shown relative to it. @defaultValue the process's */
  readonly cwd?: string;
  /** User who must be able to believe the files. @defaultValue the process's effective one */
  readonly uid?: number;
  /** Task options that hold where neither `[runner]` nor the task says otherwise; their paths are relative to `cwd`. */
  readonly defaults?: TaskDefaults;
}

/**
 * Loads and merges `files`; none is a configuration without tasks. `[runner]` and `[api]` merge key by key, and `[runner]`
 * gives defaults to the tasks of all files.
 * @throws TaskError `CONFIG_INVALID`, with all problems of all files in its message and in `details.problems`
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const cwd = options.cwd ?? process.cwd();
  const uid = options.uid ?? process.geteuid?.() ?? 0;
  const files = options.files.map((file) => resolve(cwd, file));
  const opened = await Promise.all(files.map((file) => openDocument(file, options.env, uid)));
  const documents = opened.filter((document) => 'tasks' in document);
  const runner = mergeRunners(documents, resolveTaskDefaults(options.defaults ?? {}, { baseDir: cwd, label: 'loadConfig: defaults' }));
  const api = mergeApi(documents);
  const groups = mergeGroups(documents, cwd);
  const tasks = mergeTasks(documents, runner.defaults, cwd);
  const problems = await Promise.all(opened.map(async (document) => ('tasks' in document ? problemsOf(document) : [document])));
  if (problems.some((list) => list.length > 0)) throw configInvalid(problems.flat(), cwd);
  const notes = documents.flatMap(({ file, notes: own }) => own.map((note) => `${shortPath(file, cwd)}: ${note}`));
  return { files, tasks, groups, runner: runner.settings, api, notes };
}

/** One problem for one place, the first found: a value that could not be expanded is not also refused as it stands. */
async function problemsOf(document: ConfigDocument): Promise<Problem[]> {
  const first = new Map<string, Fault>();
  for (const fault of document.faults) {
    const place = pathText(fault.path);
    if (!first.has(place)) first.set(place, fault);
  }
  return first.size === 0 ? [] : placeFaults(document, [...first.values()]);
}
