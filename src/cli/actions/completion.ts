/** `dirigent completion`: a script for a shell. Needs no project. */
import { SCRIPTS, type Shell } from '../completion/scripts.ts';
import type { Cli } from '../host.ts';

/** Prints the script. */
export function completion({ out }: Cli, shell: Shell): number {
  out.write(SCRIPTS[shell]);
  return 0;
}
