/** One broken rule each: what is planted, and what the rule must say of it. Data alone; every text here is written to a temporary folder. */
import type { RuleName } from './rules.ts';

/** A planted violation. */
export interface PlantedCase {
  readonly title: string;
  readonly rule: RuleName;
  /** Texts by path. Those that do not begin with a comment are given one, on their first line. */
  readonly files: Readonly<Record<string, string>>;
  /** Where the rule must point: `path:line`, all of them and in order. */
  readonly at: readonly string[];
}

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);
const imports = (specifier: string): string => `import { x } from '${specifier}';\nvoid x;\n`;
const types = (specifier: string): string => `import type { X } from '${specifier}';\nconst x: X | null = null;\nvoid x;\n`;

const ROOMS = 'each room imports only what the table allows';
const SHIM = 'the shim loads no package but comlink';
const LIGHT = 'the command line loads nothing heavy before a verb acts';
const SYNTAX = 'no any, no "!", no enum, no default export, nothing that silences the compiler';
const SLEEP = 'no test sleeps';

/** Sizes, imports, cycles. */
const STRUCTURE: readonly PlantedCase[] = [
  {
    title: 'a file of 301 lines',
    rule: 'no file is longer than 300 lines',
    files: { 'src/model/a.ts': lines(300, 'void 0;') },
    at: ['src/model/a.ts:301'],
  },
  {
    title: 'a function of 51 lines',
    rule: 'no function is longer than 50 lines',
    files: { 'src/model/a.ts': `void 0;\nfunction long() {\n${lines(49, '  void 0;')}}\nlong();\n` },
    at: ['src/model/a.ts:3'],
  },
  {
    title: 'a method of 51 lines',
    rule: 'no function is longer than 50 lines',
    files: { 'src/model/a.ts': `void class {\n  long() {\n${lines(49, '    void 0;')}  }\n};\n` },
    at: ['src/model/a.ts:3'],
  },
  {
    title: 'a module that goes by where it is itself',
    rule: 'where files are is known in one place',
    files: { 'src/config/a.ts': "void 0;\nvoid new URL('./b.js', import.meta.url);\n", 'src/util/places.ts': 'void import.meta.url;\n' },
    at: ['src/config/a.ts:3'],
  },
  { title: 'a machine that imports a built-in', rule: ROOMS, files: { 'machines/a.ts': imports('node:fs') }, at: ['machines/a.ts:2'] },
  {
    title: 'a machine that imports a value of the model',
    rule: ROOMS,
    files: { 'machines/a.ts': imports('../src/model/b.ts') },
    at: ['machines/a.ts:2'],
  },
  {
    title: 'a machine that imports a type of an actor',
    rule: ROOMS,
    files: { 'machines/a.ts': types('../src/actors/b.ts') },
    at: ['machines/a.ts:2'],
  },
  { title: 'a model that imports an error', rule: ROOMS, files: { 'src/model/a.ts': imports('../errors.ts') }, at: ['src/model/a.ts:2'] },
  { title: 'a model that imports another package', rule: ROOMS, files: { 'src/model/a.ts': imports('pino') }, at: ['src/model/a.ts:2'] },
  {
    title: 'a reader that imports the configuration',
    rule: ROOMS,
    files: { 'src/output/read/a.ts': imports('../../config/b.ts') },
    at: ['src/output/read/a.ts:2'],
  },
  {
    title: 'a configuration that re-exports the command line',
    rule: ROOMS,
    files: { 'src/config/a.ts': `export * from '../cli/b.ts';\n` },
    at: ['src/config/a.ts:2'],
  },
  {
    title: 'an actor that imports a machine, not its types',
    rule: ROOMS,
    files: { 'src/actors/a.ts': imports('../../machines/b.ts') },
    at: ['src/actors/a.ts:2'],
  },
  { title: 'a runner that imports the API', rule: ROOMS, files: { 'src/runner.ts': imports('./http/index.ts') }, at: ['src/runner.ts:2'] },
  {
    title: 'a part of the runner that imports the command line',
    rule: ROOMS,
    files: { 'src/runner/a.ts': imports('../cli/b.ts') },
    at: ['src/runner/a.ts:2'],
  },
  {
    title: 'an API that imports behind the public face',
    rule: ROOMS,
    files: { 'src/http/a.ts': imports('../runner.ts') },
    at: ['src/http/a.ts:2'],
  },
  {
    title: 'a command line that takes a type from behind the public face',
    rule: ROOMS,
    files: { 'src/cli/a.ts': types('../model/b.ts') },
    at: ['src/cli/a.ts:2'],
  },
  { title: 'a page that imports a value', rule: ROOMS, files: { 'src/ui/a.ts': imports('../http/b.ts') }, at: ['src/ui/a.ts:2'] },
  {
    title: 'an example that imports behind the public face',
    rule: ROOMS,
    files: { 'examples/a.ts': imports('../src/runner.ts') },
    at: ['examples/a.ts:2'],
  },
  { title: 'a folder the table does not know', rule: ROOMS, files: { 'src/attic/a.ts': 'void 0;\n' }, at: ['src/attic/a.ts:1'] },
  {
    title: 'a shim that imports the error table',
    rule: ROOMS,
    files: { 'src/shim/main.ts': imports('../errors.ts') },
    at: ['src/shim/main.ts:2'],
  },
  {
    title: 'a definition of a verb that loads the library, and with it a heavy package',
    rule: LIGHT,
    files: { 'src/cli/commands/a.ts': imports('../b.ts'), 'src/cli/b.ts': imports('../index.ts'), 'src/index.ts': imports('zod') },
    at: ['src/index.ts:2'],
  },
  {
    title: 'a shim that loads a package through a file that may have it',
    rule: SHIM,
    files: { 'src/shim/main.ts': imports('../util/b.ts'), 'src/util/b.ts': imports('./c.ts'), 'src/util/c.ts': imports('pino') },
    at: ['src/util/c.ts:2'],
  },
  {
    title: 'a capture that loads a package lazily',
    rule: SHIM,
    files: { 'src/output/capture/a.ts': imports('../../util/b.ts'), 'src/util/b.ts': `void import('zod');\n` },
    at: ['src/util/b.ts:2'],
  },
  {
    title: 'a cycle of two files',
    rule: 'no files import each other in a cycle',
    files: { 'src/util/a.ts': imports('./b.ts'), 'src/util/b.ts': imports('./a.ts') },
    at: ['src/util/b.ts:2'],
  },
  {
    title: 'a cycle of three files that goes through a type',
    rule: 'no files import each other in a cycle',
    files: {
      'src/util/a.ts': imports('./b.ts'),
      'src/util/b.ts': types('./c.ts'),
      'src/util/c.ts': `const x: import('./a.ts').X = 0;\nvoid x;\n`,
    },
    at: ['src/util/c.ts:2'],
  },
  {
    title: 'an own file without its extension',
    rule: 'imports are written as they run',
    files: { 'src/util/a.ts': imports('./b.js') },
    at: ['src/util/a.ts:2'],
  },
  {
    title: 'a built-in without node:',
    rule: 'imports are written as they run',
    files: { 'src/util/a.ts': imports('fs') },
    at: ['src/util/a.ts:2'],
  },
];

/** What stands in the code, its comments and its names. */
const CODE: readonly PlantedCase[] = [
  {
    title: 'a machine that reads the clock, rolls dice and sets a timer',
    rule: 'machines use no clock, no chance, no timer and no I/O',
    files: { 'machines/a.ts': 'void Date.now();\nvoid Math.random();\nvoid Math.max(1);\nsetTimeout(() => 0, 1);\n' },
    at: ['machines/a.ts:2', 'machines/a.ts:3', 'machines/a.ts:5'],
  },
  { title: 'an any', rule: SYNTAX, files: { 'test/a.ts': 'const x: any = 0;\nvoid x;\n' }, at: ['test/a.ts:2'] },
  { title: 'a cast to any', rule: SYNTAX, files: { 'src/model/a.ts': 'void (0 as any);\n' }, at: ['src/model/a.ts:2'] },
  { title: 'a value declared present', rule: SYNTAX, files: { 'src/model/a.ts': `void 'x'.at(0)!;\n` }, at: ['src/model/a.ts:2'] },
  {
    title: 'a variable declared assigned',
    rule: SYNTAX,
    files: { 'src/model/a.ts': 'let x!: string;\nvoid x;\n' },
    at: ['src/model/a.ts:2'],
  },
  { title: 'an enum', rule: SYNTAX, files: { 'src/model/a.ts': 'enum E { A }\nvoid E;\n' }, at: ['src/model/a.ts:2'] },
  { title: 'a default export', rule: SYNTAX, files: { 'src/model/a.ts': 'export default 0;\n' }, at: ['src/model/a.ts:2'] },
  {
    title: 'a default export by another spelling',
    rule: SYNTAX,
    files: { 'test/a.ts': 'const x = 0;\nexport { x as default };\n' },
    at: ['test/a.ts:3'],
  },
  {
    title: 'an error ignored',
    rule: SYNTAX,
    files: { 'src/model/a.ts': 'void 0;\n// @ts-ignore: later\nvoid y;\n' },
    at: ['src/model/a.ts:3'],
  },
  { title: 'an error expected', rule: SYNTAX, files: { 'test/a.ts': '/* @ts-expect-error */\nvoid y;\n' }, at: ['test/a.ts:2'] },
  { title: 'a sleep', rule: SLEEP, files: { 'test/a.ts': 'await new Promise((r) => setTimeout(r, 5));\n' }, at: ['test/a.ts:2'] },
  {
    title: 'a sleep in other words',
    rule: SLEEP,
    files: {
      'test/a.ts':
        'await new Promise<void>((done) => {\n  setTimeout(() => done(), 5);\n});\nawait new Promise((_, no) => setTimeout(no, 5));\n',
    },
    at: ['test/a.ts:3'],
  },
  {
    title: 'a sleep from the built-ins',
    rule: SLEEP,
    files: { 'test/a.ts': `import { setTimeout as nap } from 'node:timers/promises';\nawait nap(5);\n` },
    at: ['test/a.ts:2'],
  },
  {
    title: 'a sleep by promisify',
    rule: SLEEP,
    files: { 'test/a.ts': `import { promisify } from 'node:util';\nvoid promisify(setTimeout);\n` },
    at: ['test/a.ts:3'],
  },
  {
    title: 'exports without a doc comment, one of them right under the comment that opens the file',
    rule: 'every export has a doc comment',
    files: {
      'src/model/a.ts':
        'export const x = 0;\n/** Documented. */\nexport type X = 0;\n// Not a doc comment.\nexport function f(): void {}\n',
    },
    at: ['src/model/a.ts:2', 'src/model/a.ts:6'],
  },
  {
    title: 'an undocumented declaration that is exported further down',
    rule: 'every export has a doc comment',
    files: { 'src/model/a.ts': 'const x = 0;\n/** Documented. */\nconst y = 0;\nexport { x, y };\n' },
    at: ['src/model/a.ts:5'],
  },
  {
    title: 'a file that opens with no doc comment',
    rule: 'every file opens with a doc comment',
    files: { 'src/model/a.ts': '// A line.\nvoid 0;\n' },
    at: ['src/model/a.ts:1'],
  },
  {
    title: 'a code that is compared with and never thrown',
    rule: 'every error code is thrown somewhere',
    files: {
      'src/errors.ts': '/** Codes. */\nexport const ERROR_CODES = {\n  A_B: 1,\n  C_D: 2,\n} as const satisfies object;\n',
      'src/index.ts': `declare const code: string;\nif (code === 'A_B') throw new Error('C_D');\n`,
      'docs/reference/errors.md': '`A_B` `C_D`\n',
    },
    at: ['src/errors.ts:4'],
  },
  {
    title: 'a code the reference does not explain',
    rule: 'every error code is explained in the reference',
    files: {
      'src/errors.ts': '/** Codes. */\nexport const ERROR_CODES = {\n  A_B: 1,\n  C_D: 2,\n};\n',
      'docs/reference/errors.md': '`A_B`\n',
    },
    at: ['src/errors.ts:5'],
  },
  {
    title: 'a folder named utils',
    rule: 'no file or folder is named after nothing',
    files: { 'test/utils/a.ts': 'void 0;\n' },
    at: ['test/utils/a.ts:1'],
  },
  {
    title: 'a file named helpers',
    rule: 'no file or folder is named after nothing',
    files: { 'test/helpers.ts': 'void 0;\n' },
    at: ['test/helpers.ts:1'],
  },
  {
    title: 'a path and a registry of one machine',
    rule: 'nothing names a path or a registry of one machine',
    files: { 'docs/a.md': `Ours.\nSee ${['', 'work', 'x'].join('/')}.\nFrom ${['http:', '', 'registry.example'].join('/')}.\n` },
    at: ['docs/a.md:2', 'docs/a.md:3'],
  },
];

/** Every planted violation. */
export const PLANTED: readonly PlantedCase[] = [...STRUCTURE, ...CODE];

/** What the rules must let pass: the nearest thing to each violation that is none. */
export const INNOCENT: Readonly<Record<string, string>> = {
  'machines/a.ts': types('../src/model/b.ts') + `import { setup } from 'xstate';\nvoid setup;\n`,
  'src/model/b.ts': imports('zod'),
  'src/util/c.ts': imports('node:fs'),
  'src/shim/main.ts': imports('../util/c.ts') + types('../model/b.ts') + imports('comlink').replace('{ x }', '* as comlink'),
  'src/output/capture/a.ts': `void import('re2js');\n` + imports('../../shim/main.ts'),
  'src/actors/a.ts': types('../../machines/a.ts'),
  'src/runner.ts':
    imports('./actors/a.ts') + imports('../machines/a.ts').replace('{ x }', '* as machine') + imports('pino').replace('{ x }', '{ y }'),
  'src/runner/a.ts': imports('../actors/a.ts'),
  'src/index.ts': `export * from './runner.ts';\n`,
  'src/cli/main.ts': `#!/usr/bin/env node\n/** Opens. */\nimport { x } from '../errors.ts';\nvoid x;\n`,
  'src/cli/commands/a.ts': types('../../index.ts') + `void import('../actions/a.ts');\n`,
  'src/cli/actions/a.ts': imports('../../index.ts'),
  'examples/a.ts': imports('dirigent-taskrunner'),
  'test/a.test.ts': `import { suite } from 'node:test';\nsuite('long', () => {\n${lines(60, '  void 0;')}});\nawait new Promise((_, no) => setTimeout(no, 5));\n`,
  'test/bench/a.ts': 'await new Promise((r) => setTimeout(r, 5));\n',
  'test/b.ts': `const text = 'enum E {} // @ts-ignore: any!';\nvoid text;\nif (text !== '') void 0;\n`,
};
