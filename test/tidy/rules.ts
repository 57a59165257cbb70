/** The house rules, by the sentence each one makes true. */
import type { Rule } from './facts.ts';
import { forbiddenSyntax, sleepingTests } from './rules/code.ts';
import { heavyCommandLine } from './rules/command-line.ts';
import { silentFiles, undocumentedExports } from './rules/comments.ts';
import { importCycles } from './rules/cycles.ts';
import { undocumentedCodes, unthrownCodes } from './rules/errors.ts';
import { privateWords, vagueNames } from './rules/names.ts';
import { strayPlaces } from './rules/places.ts';
import { forbiddenImports, impureMachines, misspeltImports } from './rules/rooms.ts';
import { heavyShim } from './rules/shim.ts';
import { longFiles, longFunctions } from './rules/size.ts';

/** Every rule that is executed. */
export const RULES = {
  'no file is longer than 300 lines': longFiles,
  'no function is longer than 50 lines': longFunctions,
  'each room imports only what the table allows': forbiddenImports,
  'machines use no clock, no chance, no timer and no I/O': impureMachines,
  'imports are written as they run': misspeltImports,
  'the shim loads no package but comlink': heavyShim,
  'the command line loads nothing heavy before a verb acts': heavyCommandLine,
  'where files are is known in one place': strayPlaces,
  'no files import each other in a cycle': importCycles,
  'no any, no "!", no enum, no default export, nothing that silences the compiler': forbiddenSyntax,
  'no test sleeps': sleepingTests,
  'every export has a doc comment': undocumentedExports,
  'every file opens with a doc comment': silentFiles,
  'every error code is thrown somewhere': unthrownCodes,
  'every error code is explained in the reference': undocumentedCodes,
  'no file or folder is named after nothing': vagueNames,
  'nothing names a path or a registry of one machine': privateWords,
} as const satisfies Record<string, Rule>;

/** The sentence of a rule. */
export type RuleName = keyof typeof RULES;
