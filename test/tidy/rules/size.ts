/** Bounds the tail: no file over 300 lines, no function over 50. The aim, 150 and 20, is not executed. */
import type { Problem, Tree } from '../facts.ts';

/** Lines a file may have. */
export const MAX_FILE_LINES = 300;
/** Lines a function may have. A callback of `describe` or `suite` groups functions and is none itself. */
export const MAX_FUNCTION_LINES = 50;

/** Finds files that are too long. */
export function longFiles({ files }: Tree): Problem[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return lines > MAX_FILE_LINES ? [{ path, line: lines, message: `has ${lines} lines, at most ${MAX_FILE_LINES}: split it by job` }] : [];
  });
}

/** Finds functions that are too long. */
export function longFunctions({ files }: Tree): Problem[] {
  return files.flatMap(({ path, functions }) =>
    functions
      .filter(({ lines, isSuite }) => lines > MAX_FUNCTION_LINES && !isSuite)
      .map(({ name, line, lines }) => ({ path, line, message: `${name} has ${lines} lines, at most ${MAX_FUNCTION_LINES}` })),
  );
}
