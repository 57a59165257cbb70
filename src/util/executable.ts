/** Which programs there are. Runs none. Imports node built-ins alone, so the shim may load it. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** The path of a program in `path`, folders separated by colons as PATH has them; undefined where it is not there, or not for us. */
export const findProgram = (name: string, path: string | undefined): string | undefined =>
  (path ?? '')
    .split(':')
    .map((dir) => join(dir, name))
    .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: that is the answer
  }
}
