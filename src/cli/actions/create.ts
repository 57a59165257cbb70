/** `dirigent create`: asks the daemon to define a task. Writes no file itself. */
import { TaskError, type TaskDefinition } from '../../index.ts';
import { withDaemon } from '../daemon/client.ts';
import type { DefinitionFlags } from '../definition/flags.ts';
import { readDefinition } from '../definition/read.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';

/** Options of `create`. */
export interface CreateOptions extends DefinitionFlags {
  readonly transient?: true;
  readonly json?: true;
}

/** Defines a task. */
export async function create(
  cli: Cli,
  name: string,
  command: readonly string[],
  { transient, json, ...flags }: CreateOptions,
): Promise<number> {
  const written = readDefinition(cli, 'create', { name, command, flags: { ...flags, cwd: flags.cwd ?? cli.cwd } });
  return withDaemon(cli, await loadProject(cli), async (daemon) => {
    const before = daemon.listTasks().find(({ definition }) => definition.name === name);
    const persist = transient !== true;
    // It would be kept, and at the next start the file would win over it without a word.
    if (persist && before?.origin === 'file')
      throw new TaskError('TASK_READ_ONLY', `${name} is defined in a configuration file: change it there, or create it with --transient`);
    const info = await daemon.register({ ...written, name } as TaskDefinition, { persist });
    if (json === true) cli.out.writeLine(JSON.stringify(info, null, 2));
    else cli.err.writeLine(`${name}: ${describe(before !== undefined, info.pendingChange, persist)}`);
    return 0;
  });
}

function describe(isReplaced: boolean, isPending: boolean, isKept: boolean): string {
  const what = isReplaced ? 'replaced' : 'created';
  const when = isPending ? '; it runs on as it was until its next start' : '';
  return `${what}${isKept ? '' : ', until the daemon ends'}${when}`;
}
