/** Merges `[runner]` of all files, later keys over earlier ones. Its faults go to the file they are in; nothing is thrown. */
import { dirname, resolve } from 'node:path';
import { RunnerSchema } from '../model/config.ts';
import type { TaskDefaults } from '../model/definition.ts';
import type { ConfigDocument } from './document.ts';
import { FILE_SPELLING, RUNNER_KEYS } from './keys.ts';
import type { RunnerSettings } from './loaded.ts';
import { absoluteFiles } from './paths.ts';
import { givenAlone } from './task-defaults.ts';
import { validateTable, withDefaults } from './validate.ts';

/** The merged table, in two parts. */
export interface MergedRunner {
  readonly settings: RunnerSettings;
  /** Defaults for the tasks of all files: what was written alone, spelled as in the model, its paths absolute. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** Merges `[runner]` of `documents` over `base`; a table with a fault takes no part. */
export function mergeRunners(documents: readonly ConfigDocument[], base: TaskDefaults = {}): MergedRunner {
  let merged: Readonly<Record<string, unknown>> = base;
  for (const document of documents) merged = withDefaults(writtenIn(document), merged);
  const { name: _name, dataDir: _dataDir, shutdownTimeout: _timeout, keepRuns: _keep, history: _history, ...defaults } = merged;
  const { name, dataDir, shutdownTimeout, keepRuns, history } = RunnerSchema.parse(merged);
  return { settings: { name: name ?? null, dataDir: dataDir ?? null, shutdownTimeout, keepRuns, history }, defaults };
}

/** The keys `[runner]` of one file has, without those the schema fills in: they must not win over an earlier file's word. */
function writtenIn({ file, runner, faults }: ConfigDocument): Readonly<Record<string, unknown>> {
  const rules = { schema: RunnerSchema, keys: RUNNER_KEYS, spelling: FILE_SPELLING, base: ['runner'] };
  const { value, given, faults: found } = validateTable(runner, rules);
  faults.push(...found);
  if (value === undefined) return {};
  // Each file has its own folder, so paths are made absolute before the tables meet.
  const folder = dirname(file);
  const absolute = { ...absoluteFiles(value, folder), ...(value.dataDir === undefined ? {} : { dataDir: resolve(folder, value.dataDir) }) };
  return givenAlone(absolute, given);
}
