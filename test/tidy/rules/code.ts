/** What may not stand in the code, wherever it is: escapes from the type checker, default exports, sleeps in tests. */
import type { FaultFact, Problem, Tree } from '../facts.ts';

const MESSAGES: Readonly<Record<Exclude<FaultFact['kind'], 'sleep'>, string>> = {
  any: 'no any: say what it is, or unknown and narrow it',
  nonNull: 'no "!": handle the missing value',
  enum: 'no enum: use a union of literals',
  defaultExport: 'no default export: name it',
  compilerComment: 'no comment that silences the compiler',
};

/** Files that must have a default export, because a tool loads them by it. */
const LOADED_BY_DEFAULT = new Set(['test/tidy/plugin.ts', 'test/run-reporter.ts']);

/** Finds `any`, `!`, enums, default exports and comments such as `@ts-ignore`. */
export function forbiddenSyntax({ files }: Tree): Problem[] {
  return files.flatMap(({ path, faults }) =>
    faults.flatMap(({ kind, line }) => {
      if (kind === 'sleep' || (kind === 'defaultExport' && LOADED_BY_DEFAULT.has(path))) return [];
      return [{ path, line, message: MESSAGES[kind] }];
    }),
  );
}

/** Finds tests that sleep. A benchmark measures real time, and may. */
export function sleepingTests({ files }: Tree): Problem[] {
  const message = 'a test never sleeps: wait for an event, or simulate the clock';
  return files
    .filter(({ path }) => path.startsWith('test/') && !path.startsWith('test/bench/'))
    .flatMap(({ path, faults, imports }) => [
      ...faults.filter(({ kind }) => kind === 'sleep').map(({ line }) => ({ path, line, message })),
      ...imports
        .filter(({ specifier, names }) => /^(?:node:)?timers\/promises$/.test(specifier) && names.some((name) => name !== 'setImmediate'))
        .map(({ line }) => ({ path, line, message })),
    ]);
}
