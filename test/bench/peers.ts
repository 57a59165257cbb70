/** Finds the peers that a benchmark is held against, where they are installed. Installs nothing. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...(process.env['NODE_PATH'] ?? '').split(delimiter).map((folder) => join(folder, '.bin')),
  join(process.cwd(), 'node_modules', '.bin'),
];

/** The path of a command, where it is installed. */
export function find(command: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, command)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The path of pm2: the one that DIRIGENT_BENCH_PM2 names, or the one that is installed. */
export const findPm2 = (): string | undefined => process.env['DIRIGENT_BENCH_PM2'] ?? find('pm2');
