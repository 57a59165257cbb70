/** Options that hold for every task where nobody says otherwise, given by whoever opens a runner or loads a file. Nothing is read or expanded. */
import { TaskError } from '../errors.ts';
import { TaskOptions } from '../model/definition.ts';
import type { TaskDefaults } from '../model/definition.ts';
import { problemsText, type DefinitionOrigin } from './definition.ts';
import { isTable, got } from './got.ts';
import { CODE_SPELLING, OPTION_KEYS } from './keys.ts';
import { absoluteOptions } from './paths.ts';
import type { Fault } from './problems.ts';
import { scheduleFaults } from './schedule.ts';
import { validateTable } from './validate.ts';

/**
 * The options that were given, checked and with absolute paths; those that were not stay away, so that they win over nobody's word.
 * @throws TaskError `CONFIG_INVALID`, with all problems in its message and in `details.problems`
 */
export function resolveTaskDefaults(input: unknown, { baseDir, label }: DefinitionOrigin): TaskDefaults {
  if (!isTable(input)) {
    throw defaultsInvalid(label, [
      { path: [], at: 'value', message: `expected an object, got ${got(input)}`, hint: "such as { stopTimeout: '3s' }" },
    ]);
  }
  const { value, given, faults } = validateTable(input, { schema: TaskOptions, keys: OPTION_KEYS, spelling: CODE_SPELLING, base: [] });
  const all = [...faults, ...scheduleFaults(input, [])];
  if (value === undefined || all.length > 0) throw defaultsInvalid(label, all);
  return givenAlone(absoluteOptions(value, baseDir), given);
}

/** `complete` without the keys that the schema filled in. */
export function givenAlone<T extends object>(complete: T, given: Readonly<Record<string, unknown>>): Partial<T> {
  const written = Object.fromEntries(Object.entries(complete).filter(([key]) => given[key] !== undefined)) as Partial<T>;
  return isTable(given['log']) ? { ...written, log: given['log'] } : written;
}

function defaultsInvalid(label: string, faults: readonly Fault[]): TaskError {
  const { text, problems } = problemsText(`${label} has`, faults);
  return new TaskError('CONFIG_INVALID', text, { details: { problems } });
}
