/** A Procfile, as foreman and Heroku have it: a name and a line of shell each. Reads no file. */
import { join } from 'node:path';
import { Names, type Imported, type ImportedTask } from './imported.ts';

/** What lies around a Procfile. */
export interface ProcfileSurroundings {
  /** Its folder, as seen from where `dirigent.toml` will lie; empty where it is the same. */
  readonly folder: string;
  /** Whether a `.env` lies beside it, which foreman reads by itself. */
  readonly hasEnvFile: boolean;
}

/** The tasks of a Procfile. */
export function fromProcfile(text: string, around: ProcfileSurroundings): Imported {
  const names = new Names();
  const tasks: ImportedTask[] = [];
  const notes: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, wanted, command] = /^\s*([A-Za-z0-9_-]+)\s*:\s*(.*\S)\s*$/.exec(line) ?? [];
    if (wanted === undefined || command === undefined) notes.push(`line ${index + 1} is no "name: command" and is left out`);
    else tasks.push(toTask(names, wanted, command, around));
  }
  return { tasks, notes };
}

function toTask(names: Names, wanted: string, command: string, { folder, hasEnvFile }: ProcfileSurroundings): ImportedTask {
  const notes: string[] = [];
  const name = names.take(wanted, notes);
  const isRelease = wanted === 'release';
  if (isRelease) notes.push('Heroku runs release once before the others: start it by hand, or let them depend on it until it succeeded');
  if (/\$\{?PORT\b/.test(command)) notes.push('PORT is not set: foreman gives each process one (5000, 5100, …); set env.PORT');
  const cwd = folder === '' ? {} : { cwd: folder };
  const envFile = hasEnvFile ? { env_file: join(folder, '.env') } : {};
  return { name, table: { command, shell: true, ...cwd, run_at_startup: !isRelease, ...envFile }, notes };
}
