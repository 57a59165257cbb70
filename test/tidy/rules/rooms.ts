/** Who may import whom, as a table. Judged by name: which files a room holds, and what those may name. */
import type { ImportFact, Problem, Tree } from '../facts.ts';
import type { Target } from './resolve.ts';
import { resolveTarget } from './resolve.ts';

interface Room {
  readonly name: string;
  /** Which files are in it. The first room that holds a file is its room. */
  readonly holds: RegExp;
  /** Files of ours it may import, besides those of the room itself. */
  readonly files: RegExp;
  /** Files of ours it may import types from, in addition. */
  readonly types?: RegExp;
  /** Packages it may import; all of them when absent. */
  readonly packages?: readonly string[];
  readonly builtins?: false;
}

const NOTHING = /^$/;
const READER = /^src\/(?:model\/|util\/|errors\.ts$|output\/layout\.ts$)/;

const ROOMS: readonly Room[] = [
  {
    name: 'machines',
    holds: /^machines\//,
    files: NOTHING,
    types: /^src\/model\//,
    packages: ['xstate'],
    builtins: false,
  },
  { name: 'model', holds: /^src\/model\//, files: NOTHING, packages: ['zod'] },
  { name: 'util', holds: /^src\/util\//, files: NOTHING },
  { name: 'shim client', holds: /^src\/shim\/client[^/]*\.ts$/, files: /^src\/(?:shim\/|model\/|util\/|errors\.ts$|output\/layout\.ts$)/ },
  {
    name: 'shim and capture',
    holds: /^src\/(?:shim\/|output\/(?:capture\/|layout\.ts$))/,
    files: /^src\/util\//,
    types: /^src\/model\//,
    packages: ['comlink', 're2js'],
  },
  { name: 'output/read', holds: /^src\/output\/read\//, files: READER },
  { name: 'config', holds: /^src\/config\//, files: READER },
  // Runs in the page, too.
  { name: 'trace', holds: /^src\/trace\//, files: NOTHING, packages: ['xstate'], builtins: false },
  { name: 'web', holds: /^src\/web\//, files: READER },
  { name: 'inspector', holds: /^src\/inspector\//, files: /^src\/(?:trace\/|web\/|model\/|util\/|errors\.ts$|config\/version\.ts$)/ },
  {
    name: 'actors',
    holds: /^src\/actors\//,
    files: /^src\/(?:shim\/(?:client|launch)[^/]*\.ts$|output\/(?:read\/|layout\.ts$)|model\/|util\/|errors\.ts$)/,
    types: /^(?:machines\/|src\/model\/|src\/shim\/protocol\.ts$)/,
  },
  { name: 'http', holds: /^src\/http\//, files: /^src\/(?:index\.ts$|inspector\/(?:index|answers)\.ts$|trace\/|web\/)/ },
  { name: 'testing', holds: /^src\/testing\//, files: /^(?:src\/index\.ts$|machines\/)/ },
  {
    name: 'cli',
    holds: /^src\/cli\//,
    // The last ones are light: what is needed before it is known what the library is needed for.
    files:
      /^src\/(?:index|http\/index|http\/client\/index|inspector\/index|testing\/index|errors|glance|config\/version|util\/quantity-text)\.ts$/,
  },
  {
    name: 'ui',
    holds: /^src\/ui\//,
    files: /^src\/(?:trace\/|util\/quantity-text\.ts$)/,
    types: /^src\/(?:http\/contract|model)\//,
    builtins: false,
  },
  // The composition root and its kin: the one place where the rooms meet.
  {
    name: 'the composition root',
    holds: /^src\/(?:[^/]+|(?:runner|doctor|replay)\/.+)\.ts$/,
    files: /^(?:machines\/|src\/(?!http\/|cli\/|ui\/|web\/))/,
  },
  { name: 'examples', holds: /^examples\//, files: /^src\/(?:[^/]+\/)?index\.ts$/ },
];

/** Finds imports the table does not allow, and code of ours in no room. Tests and generators of docs may import anything. */
export function forbiddenImports({ files }: Tree): Problem[] {
  return files.flatMap(({ path, imports }) => {
    const room = ROOMS.find(({ holds }) => holds.test(path));
    if (room === undefined) {
      return path.startsWith('src/') ? [{ path, line: 1, message: 'is in no room of the import table: add a row' }] : [];
    }
    return imports
      .filter((fact) => !isAllowed(room, resolveTarget(path, fact.specifier), fact))
      .map(({ specifier, line }) => ({ path, line, message: `${room.name} may not import ${specifier}` }));
  });
}

function isAllowed(room: Room, target: Target, { typeOnly, lazy }: ImportFact): boolean {
  switch (target.kind) {
    case 'own':
      return room.holds.test(target.path) || room.files.test(target.path) || (typeOnly && (room.types?.test(target.path) ?? false));
    case 'node':
      return room.builtins ?? true;
    case 'package':
      // re2js is big and rarely needed: loaded by the call that needs it.
      return (room.packages?.includes(target.name) ?? true) && (room.packages === undefined || target.name !== 're2js' || lazy || typeOnly);
    case 'computed':
      return room.packages === undefined;
  }
}

const UNPREDICTABLE =
  /^(?:Date|Math\.random|performance|process|console|Buffer|fetch|crypto|queueMicrotask|(?:set|clear)(?:Timeout|Interval|Immediate))(?:\.|$)/;

/** Finds clocks, chance, timers and I/O in the machines: they decide, and whoever runs them gives them all four. */
export function impureMachines({ files }: Tree): Problem[] {
  return files
    .filter(({ path }) => path.startsWith('machines/'))
    .flatMap(({ path, globals }) =>
      globals
        .filter(({ name }) => UNPREDICTABLE.test(name))
        .map(({ name, line }) => ({ path, line, message: `a machine may not use ${name}` })),
    );
}

/** Finds imports that are not written as they run: our files with their `.ts`, built-ins with `node:`. */
export function misspeltImports({ files }: Tree): Problem[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier }) => {
        const target = resolveTarget(path, specifier);
        if (target.kind === 'node') return !specifier.startsWith('node:');
        return specifier.startsWith('.') && !/\.(?:tsx?|json|css)$/.test(specifier);
      })
      .map(({ specifier, line }) => ({ path, line, message: `${specifier}: our files end in .ts, built-ins begin with node:` })),
  );
}
