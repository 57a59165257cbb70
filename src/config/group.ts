/** Groups that come from code: completed and checked as those of a file are, with keys in camelCase. Nothing is read. */
import { TaskError } from '../errors.ts';
import { GroupSchema } from '../model/group.ts';
import type { GroupDefinition, ResolvedGroup } from '../model/group.ts';
import type { DefinitionProblem } from './definition.ts';
import { got, isTable, visible } from './got.ts';
import { CODE_SPELLING, GROUP_KEYS } from './keys.ts';
import { pathText } from './problems.ts';
import type { Fault } from './problems.ts';
import { validateTable } from './validate.ts';

/** Groups by name, as `open` takes them. */
export type GroupDefinitions = Readonly<Record<string, Omit<GroupDefinition, 'name'>>>;

/**
 * Groups with every default filled in.
 * @throws TaskError `CONFIG_INVALID`, with all problems in its message and in `details.problems`
 */
export function resolveGroups(groups: GroupDefinitions): ResolvedGroup[] {
  const faults: Fault[] = [];
  const resolved = Object.entries(groups).flatMap(([name, input]: [string, unknown]) => {
    const base = ['groups', name];
    if (!isTable(input)) {
      faults.push({
        path: base,
        at: 'value',
        message: `expected an object, got ${got(input)}`,
        hint: "such as { strategy: 'one_for_all' }",
      });
      return [];
    }
    const checked = validateTable({ ...input, name }, { schema: GroupSchema, keys: GROUP_KEYS, spelling: CODE_SPELLING, base });
    faults.push(...checked.faults);
    return checked.value ?? [];
  });
  if (faults.length > 0) throw groupsInvalid(faults);
  return resolved;
}

function groupsInvalid(faults: readonly Fault[]): TaskError {
  const problems = faults.map(({ path, at: _at, ...fault }): DefinitionProblem => ({ path: pathText(path), ...fault }));
  const lines = problems.flatMap(({ path, message, hint }) => [
    `  ${visible(path)}: ${message}`,
    ...(hint === undefined ? [] : [`    hint: ${hint}`]),
  ]);
  return new TaskError('CONFIG_INVALID', `open: its groups have mistakes\n${lines.join('\n')}`, { details: { problems } });
}
