/**
 * `${NAME}` and `${NAME:-default}` in the strings of a parsed table. A value is expanded once: what comes out is never
 * looked at again, so no value can refer to another. Keys are not expanded, and no command is run.
 */
import { isTable, quote } from './got.ts';
import type { Fault, PathPart } from './problems.ts';

/** The environment that values come from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Most bytes that the variables of one file may expand to: four characters (`${A}`) can stand for 128 KiB. */
const MAX_EXPANDED_BYTES = 1024 * 1024;

/** Deepest table or list below a task or `[runner]`; none that means anything is deeper than three. */
const MAX_DEPTH = 20;

const FORM = '${NAME} or ${NAME:-default}';

/** Expands the tables of one file, and counts what comes out of all of them together. */
export class Expander {
  readonly faults: Fault[] = [];
  readonly #env: Environment;
  #bytesLeft = MAX_EXPANDED_BYTES;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** `value` with all its strings expanded; what could not be is in `faults`, and stays as it was written. */
  expand(value: unknown, path: readonly PathPart[], depth = 0): unknown {
    if (typeof value === 'string') return this.#expandText(value, path);
    if (!isTable(value) && !Array.isArray(value)) return value;
    if (depth >= MAX_DEPTH) {
      this.faults.push({ path, at: 'value', message: `expected at most ${MAX_DEPTH} levels of tables and lists, got more` });
      return undefined;
    }
    if (Array.isArray(value)) return value.map((item, index) => this.expand(item, [...path, index], depth + 1));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.expand(item, [...path, key], depth + 1)]));
  }

  #expandText(text: string, path: readonly PathPart[]): string {
    const faults: Omit<Fault, 'path' | 'at'>[] = [];
    const expanded = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, inner: string | undefined, close: string | undefined) => {
      if (inner === undefined) return '${'; // $${
      const found = close === '}' ? this.#lookUp(inner) : malformed(whole);
      if (typeof found === 'string') return this.#take(found, faults);
      faults.push(found);
      return whole;
    });
    this.faults.push(...faults.map((fault) => ({ ...fault, path, at: 'value' as const })));
    return faults.length === 0 ? expanded : text;
  }

  #lookUp(inner: string): string | Omit<Fault, 'path' | 'at'> {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^])*))?$/.exec(inner);
    const name = match?.[1];
    if (name === undefined) return malformed(`\${${inner}}`);
    const value = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
    const fallback = match?.[2];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value !== undefined) return value;
    return {
      message: `expected the variable ${name} to be set, got nothing`,
      hint: `export ${name}, or give a default: \${${name}:-…}; for a literal \${ write $\${`,
    };
  }

  #take(value: string, faults: Omit<Fault, 'path' | 'at'>[]): string {
    const bytes = Buffer.byteLength(value);
    if (bytes <= this.#bytesLeft) {
      this.#bytesLeft -= bytes;
      return value;
    }
    // Told once: every later string would pass the limit too.
    if (this.#bytesLeft >= 0) {
      const hint = 'a task can read large values itself, from env_file or a file of its own';
      faults.push({ message: 'expected variables that expand to at most 1 MiB in all, got more', hint });
    }
    this.#bytesLeft = -1;
    return '';
  }
}

const malformed = (text: string): Omit<Fault, 'path' | 'at'> => ({
  message: `expected ${FORM}, got ${quote(text)}`,
  hint: 'for a literal ${ write $${',
});
