/** `dirigent record`: what the machine of a task did, from the files, with or without a daemon. Disturbs nobody. */
import { recordOnDisk } from '../../index.ts';
import { toMilliseconds } from '../duration.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';

/** Options of `record`. */
export interface RecordOptions {
  readonly last?: string;
}

/** Prints the recording of one task. */
export async function record(cli: Cli, name: string, { last }: RecordOptions): Promise<number> {
  const since = last === undefined ? {} : { since: new Date(Date.now() - toMilliseconds('--last', last)) };
  const { paths } = await loadProject(cli);
  for (const line of recordOnDisk(paths, name, since)) cli.out.writeLine(JSON.stringify(line));
  return 0;
}
