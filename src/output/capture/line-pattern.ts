/** Regular expressions that take linear time, whatever they are and meet. The engine is big, so it is loaded when the first one is needed, and never otherwise. */

/** A regular expression. */
export interface LinePattern {
  /** Whether any part of `text` matches. */
  test(text: string): boolean;
}

let loading: Promise<void> | undefined;
let compile: ((source: string) => LinePattern) | undefined;

/** Loads the engine, once. */
export function loadPatterns(): Promise<void> {
  loading ??= import('re2js').then(({ RE2JS }) => {
    compile = (source) => RE2JS.compile(source);
  });
  return loading;
}

/** @throws Error that says why `source` cannot be used; also before {@link loadPatterns} has resolved */
export function toPattern(source: string): LinePattern {
  if (compile === undefined) throw new Error('the engine for regular expressions could not be loaded');
  return compile(source);
}
