/** How verbs for several tasks are told which. Only what is written on the command line; nothing is looked up here. */
import type { CliCommand } from '../command.ts';

/** Which tasks besides those that are named. */
export interface SelectionFlags {
  readonly group?: string;
  readonly all?: true;
}

/** Adds the names of tasks, and the options that select some without naming them. */
export const addSelection = (command: CliCommand): CliCommand =>
  command.argument('[task...]', 'names or globs').option('--group <group>', 'the tasks of this group, too').option('--all', 'every task');
