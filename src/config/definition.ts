/**
 * Definitions that come from code: completed and checked as those of a file are, with keys in camelCase. Nothing is
 * expanded, and nothing is read.
 */
import { TaskError } from '../errors.ts';
import { TaskDefinitionSchema } from '../model/definition.ts';
import type { ResolvedTask, TaskDefaults, TaskDefinition } from '../model/definition.ts';
import type { SetFault } from './dependencies.ts';
import { got, isTable, quote, visible } from './got.ts';
import { CODE_SPELLING, FILE_SPELLING, TASK_KEYS, checkKeys } from './keys.ts';
import { absolutePaths, absoluteWritten } from './paths.ts';
import { MAX_PROBLEMS, pathText } from './problems.ts';
import type { Fault } from './problems.ts';
import { scheduleFaults } from './schedule.ts';
import { validateTable } from './validate.ts';

/** Where a definition came from, for its paths and its messages. */
export interface DefinitionOrigin {
  /** Absolute folder that relative paths start from. */
  readonly baseDir: string;
  /** What the definition was given to, such as `register`. */
  readonly label: string;
  /** What holds where the definition says nothing, complete. */
  readonly defaults?: TaskDefaults;
}

/** A problem of a definition in code. */
export interface DefinitionProblem {
  /** Such as `log.maxSize`; empty when the definition as a whole is meant. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

type EnvValue = NonNullable<TaskDefinition['env']>[string];

/** What `update` takes: the keys to change; null takes a key, or one variable, away. */
export type TaskPatch = {
  readonly [Key in Exclude<keyof TaskDefinition, 'env' | 'name'>]?: TaskDefinition[Key] | null | undefined;
} & { readonly env?: Readonly<Record<string, EnvValue | null>> | null | undefined };

/**
 * A definition with every default filled in and its paths absolute.
 * @throws TaskError `TASK_INVALID`, with all problems in its message and in `details.problems`
 */
export function resolveDefinition(input: unknown, origin: DefinitionOrigin): ResolvedTask {
  if (!isTable(input)) {
    const fault = {
      path: [],
      at: 'value',
      message: `expected an object, got ${got(input)}`,
      hint: "such as { name: 'web', command: 'node' }",
    } as const;
    throw taskInvalid(origin, undefined, [fault]);
  }
  const rules = { schema: TaskDefinitionSchema, keys: TASK_KEYS, spelling: CODE_SPELLING, base: [], defaults: origin.defaults ?? {} };
  const { value, faults } = validateTable(input, rules);
  const all = [...faults, ...scheduleFaults(input, [])];
  if (value === undefined || all.length > 0) throw taskInvalid(origin, input['name'], all);
  return absolutePaths(value, origin.baseDir);
}

/**
 * Keys of a task as a file has them, as `register` and `update` take them: spelled as in code, with absolute paths. What they hold is still to be
 * resolved, which finds what is wrong in it.
 * @throws TaskError `TASK_INVALID`, with every unknown key
 */
export function fromFileSpelling(table: Readonly<Record<string, unknown>>, name: string, { baseDir, label }: DefinitionOrigin): TaskPatch {
  const { values, faults } = checkKeys(table, TASK_KEYS, FILE_SPELLING, []);
  if (faults.length > 0) throw taskInvalid({ label }, name, faults);
  return absoluteWritten(values, baseDir);
}

/**
 * `current` as `patch` changes it: `env` merges by name, null takes away, any other key replaces; undefined changes nothing.
 * The result is still to be resolved, which finds what is wrong in it.
 * @throws TaskError `TASK_INVALID` when `patch` is no object or would give the task another name
 */
export function mergeDefinition(current: TaskDefinition, patch: unknown): Record<string, unknown> {
  const origin: Pick<DefinitionOrigin, 'label'> = { label: 'update' };
  if (!isTable(patch))
    throw taskInvalid(origin, current.name, [{ path: [], at: 'value', message: `expected an object, got ${got(patch)}` }]);
  if (patch['name'] !== undefined && patch['name'] !== current.name) {
    const message = `expected ${quote(current.name)}, got ${got(patch['name'])}`;
    throw taskInvalid(origin, current.name, [
      { path: ['name'], at: 'value', message, hint: 'a task keeps its name: remove it and register another' },
    ]);
  }
  const changed: Record<string, unknown> = withoutNulls({ ...current, ...withoutUndefined(patch) });
  if (isTable(patch['env'])) changed['env'] = withoutNulls({ ...current.env, ...patch['env'] });
  return changed;
}

const withoutNulls = (table: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(table).filter(([, value]) => value !== null));

const withoutUndefined = (table: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));

/**
 * What is wrong among definitions, as an error.
 * @param label - what they were given to, such as `open`
 * @param only - the definition that was given, where it was one alone
 */
export function tasksInvalid(label: string, faults: readonly SetFault[], only?: string): TaskError {
  if (only !== undefined) return problemsError(`${label}: task ${quote(only)} has`, faults);
  const named = faults.map(({ name, path, ...fault }) => ({ path: [name, ...path], ...fault }));
  return problemsError(`${label}: the tasks together have`, named);
}

function taskInvalid({ label }: Pick<DefinitionOrigin, 'label'>, name: unknown, faults: readonly Fault[]): TaskError {
  return problemsError(typeof name === 'string' ? `${label}: task ${quote(name)} has` : `${label}: this definition has`, faults);
}

type Told = Pick<Fault, 'path' | 'message' | 'hint'>;

function problemsError(subject: string, faults: readonly Told[]): TaskError {
  const { text, problems } = problemsText(subject, faults);
  return new TaskError('TASK_INVALID', text, { details: { problems } });
}

/** Faults as an error tells them: its message, and the list for programs. */
export function problemsText(
  subject: string,
  faults: readonly Told[],
): { readonly text: string; readonly problems: readonly DefinitionProblem[] } {
  const problems = faults
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message, hint }): DefinitionProblem => ({ path: pathText(path), message, ...(hint === undefined ? {} : { hint }) }));
  const lines = problems.flatMap(({ path, message, hint }) => [
    `  ${path === '' ? '' : `${visible(path)}: `}${message}`,
    ...(hint === undefined ? [] : [`    hint: ${hint}`]),
  ]);
  if (faults.length > problems.length) lines.push(`  … and ${faults.length - problems.length} more`);
  const count = faults.length === 1 ? '1 problem' : `${faults.length} problems`;
  return { text: `${subject} ${count}\n${lines.join('\n')}`, problems };
}
