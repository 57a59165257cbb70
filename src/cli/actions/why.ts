/** `dirigent why`: the chain of reasons, as the machines of the daemon have it. Works nothing out itself. */
import { withDaemon } from '../daemon/client.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';
import { selectOne } from '../selection/select.ts';

/** Options of `why`. */
export interface WhyOptions {
  readonly json?: true;
}

/** Tells why a task is in its state. */
export async function why(cli: Cli, asked: string, { json }: WhyOptions): Promise<number> {
  const told = await withDaemon(cli, await loadProject(cli), (daemon) => daemon.why(selectOne(daemon.listTasks(), asked).definition.name));
  cli.out.writeLine(json === true ? JSON.stringify(told, null, 2) : cli.out.show(told.text));
  return 0;
}
