/** What pm2 would execute for an app: a program, and its arguments. Looks whether a script is a file, and at nothing else. */
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import type { Table } from './imported.ts';

/** Which program pm2 runs a script with, by the end of its name. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  '.js': 'node',
  '.cjs': 'node',
  '.mjs': 'node',
  '.ts': 'ts-node',
  '.tsx': 'ts-node',
  '.py': 'python3',
  '.rb': 'ruby',
  '.sh': 'bash',
  '.php': 'php',
  '.pl': 'perl',
  '.coffee': 'coffee',
};

/** The name that pm2 gives an app without one. */
export function defaultName({ script }: Table): string {
  const path = typeof script === 'string' ? script : '';
  return basename(path, extname(path)) || 'app';
}

/** `command` and `args` of an app. */
export function commandOf(app: Table, cwd: string, notes: string[]): Table {
  const script = typeof app['script'] === 'string' ? app['script'] : '';
  if (script === '') notes.push('it has no script: write a command');
  const interpreter = app['interpreter'] ?? app['exec_interpreter'];
  const given = typeof interpreter === 'string' ? interpreter : INTERPRETERS[extname(script)];
  const args = wordsOf(app['args']);
  if (given === undefined || given === 'none') return { command: asProgram(script, cwd) || 'true', ...(args.length > 0 ? { args } : {}) };
  if (given.includes('@'))
    notes.push(`interpreter = ${JSON.stringify(given)}: its version is not chosen here; the first ${given} of PATH runs`);
  const before = [...wordsOf(app['interpreter_args']), ...wordsOf(app['node_args'])];
  return { command: given.replace(/@.*$/, ''), args: [...before, script, ...args] };
}

/** A file beside us is no name to look up in PATH. */
const asProgram = (script: string, cwd: string): string =>
  script === '' || script.includes('/') || !existsSync(resolve(cwd, script)) ? script : `./${script}`;

/** A list, or one text that is divided as a shell would: quotes keep spaces together. */
function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string') return [];
  return [...value.matchAll(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, (_, escaped?: string, double?: string, single?: string) =>
      double === undefined ? (escaped ?? single ?? '') : double.replace(/\\([^])/g, '$1'),
    ),
  );
}
