/** What the house rules know about the repository: facts read from a real parse, as plain data. Nothing here reads or judges. */

/** One way a file names another module: `import`, `export … from`, `import()` or `import('…')` in a type. */
export interface ImportFact {
  /** As written; {@link COMPUTED} when it is no literal. */
  readonly specifier: string;
  readonly line: number;
  /** Erased by the compiler: `import type`, `export type … from`, or a type's `import('…')`. */
  readonly typeOnly: boolean;
  /** Loaded when a call asks for it, not with the file. */
  readonly lazy: boolean;
  /** Names taken; `*` for all of them. */
  readonly names: readonly string[];
}

/** Stands for the specifier of an `import()` whose argument is computed. */
export const COMPUTED = '(computed)';

/** A function, method or arrow. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  /** From its first line to its last, comments above it not counted. */
  readonly lines: number;
  /** Handed to `describe` or `suite`: it groups tests and does nothing of its own. */
  readonly isSuite: boolean;
}

/** A name a file declares and exports. What it only passes on is documented where it was declared. */
export interface ExportFact {
  readonly name: string;
  readonly line: number;
  readonly documented: boolean;
}

/** Something in the code that a rule forbids wherever it stands. */
export interface FaultFact {
  readonly kind: 'any' | 'nonNull' | 'enum' | 'defaultExport' | 'compilerComment' | 'sleep';
  readonly line: number;
}

/** What one parse tells about a TypeScript file. */
export interface ParsedFacts {
  readonly opensWithDoc: boolean;
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  readonly exports: readonly ExportFact[];
  readonly faults: readonly FaultFact[];
  /** Values used that the file neither declares nor imports, such as `Date` and `Math.random`. */
  readonly globals: readonly { readonly name: string; readonly line: number }[];
  /** Keys of `ERROR_CODES`, where the file declares it. */
  readonly errorCodes: readonly { readonly name: string; readonly line: number }[];
  /** Literals in capitals that are handed on, not compared: the codes a file may throw. */
  readonly codesGiven: readonly string[];
}

/** A TypeScript file of the repository. */
export interface FileFacts extends ParsedFacts {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** What the rules are run on. */
export interface Tree {
  readonly files: readonly FileFacts[];
  /** Every text file, TypeScript or not, by its path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A broken rule. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** A house rule: what it finds in a tree. */
export type Rule = (tree: Tree) => Problem[];
