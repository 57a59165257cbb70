/** `dirigent import`: the processes of another tool as a `dirigent.toml`. Starts none of them, and overwrites nothing. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { TaskError } from '../../index.ts';
import type { Cli } from '../host.ts';
import { toDocument } from '../import/document.ts';
import { readEcosystem } from '../import/ecosystem.ts';
import type { Imported } from '../import/imported.ts';
import { fromPm2 } from '../import/pm2.ts';
import { fromProcfile } from '../import/procfile.ts';

/** Options of `import`. */
export interface ImportOptions {
  readonly output?: string;
}

/** Prints or writes what `file` comes to, and says what could not be carried over. */
export async function importFile(cli: Cli, file: string, { output }: ImportOptions): Promise<number> {
  const source = resolve(cli.cwd, file);
  const target = output === undefined ? undefined : resolve(cli.cwd, output);
  const imported = await read(source, dirname(target ?? source));
  const text = toDocument(imported, basename(source));
  if (target === undefined) cli.out.write(text);
  else await writeNew(target, text);
  for (const note of imported.notes) cli.err.writeLine(cli.err.show(note));
  for (const { name, notes } of imported.tasks) for (const note of notes) cli.err.writeLine(cli.err.show(`${name}: ${note}`));
  if (target !== undefined) cli.err.writeLine(`${output}: ${imported.tasks.length} tasks; look at it, then run: dirigent config check`);
  return 0;
}

async function read(source: string, to: string): Promise<Imported> {
  const from = dirname(source);
  const ending = extname(source).toLowerCase();
  if (['.yml', '.yaml'].includes(ending))
    throw new TaskError('CONFIG_INVALID', `${source}: YAML is not read; export the same as ecosystem.config.cjs`);
  try {
    if (['.json', '.js', '.cjs', '.mjs'].includes(ending)) return fromPm2(await readEcosystem(source), { from, to });
    const around = { folder: relative(to, from), hasEnvFile: existsSync(join(from, '.env')) };
    const imported = fromProcfile(await readFile(source, 'utf8'), around);
    if (imported.tasks.length > 0) return imported;
  } catch (error) {
    if (TaskError.is(error)) throw error;
    throw new TaskError('CONFIG_INVALID', `${source} cannot be read: ${String(error)}`, { cause: error });
  }
  throw new TaskError('CONFIG_INVALID', `${source}: expected a Procfile with lines of "name: command", got none`);
}

/** Values of the environment may be in it: for this user alone. */
async function writeNew(target: string, text: string): Promise<void> {
  try {
    await writeFile(target, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const reason = isThere ? 'is there already; name another file' : `cannot be written: ${String(error)}`;
    throw new TaskError('ARGUMENT_INVALID', `${target} ${reason}`, { cause: error });
  }
}
