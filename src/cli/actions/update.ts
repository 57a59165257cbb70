/** `dirigent update`: asks the daemon to change the definition of a task. Starts and stops nothing. */
import { withDaemon } from '../daemon/client.ts';
import type { DefinitionFlags } from '../definition/flags.ts';
import { readDefinition } from '../definition/read.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';

/** Options of `update`. */
export interface UpdateOptions extends DefinitionFlags {
  readonly unset?: readonly string[];
  readonly json?: true;
}

/** Changes a definition. */
export async function update(
  cli: Cli,
  name: string,
  command: readonly string[],
  { unset = [], json, ...flags }: UpdateOptions,
): Promise<number> {
  const patch = readDefinition(cli, 'update', { name, command, flags, unset });
  return withDaemon(cli, await loadProject(cli), async (daemon) => {
    const info = await daemon.update(name, patch);
    if (json === true) cli.out.writeLine(JSON.stringify(info, null, 2));
    else cli.err.writeLine(`${name}: changed${info.pendingChange ? '; it runs on as it was until its next start' : ''}`);
    return 0;
  });
}
