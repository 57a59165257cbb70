/** `dirigent record`: what the machine of a task did, from the files, with or without a daemon. Disturbs nobody. */
import { recordingPage, recordOnDisk } from '../../index.ts';
import { toMilliseconds } from '../duration.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';

/** Options of `record`. */
export interface RecordOptions {
  readonly last?: string;
  readonly format: 'ndjson' | 'html';
}

/** Prints the recording of one task. */
export async function record(cli: Cli, name: string, { last, format }: RecordOptions): Promise<number> {
  const since = last === undefined ? {} : { since: new Date(Date.now() - toMilliseconds('--last', last)) };
  const { paths } = await loadProject(cli);
  const lines = recordOnDisk(paths, name, since);
  if (format === 'html') cli.out.write(await recordingPage(lines));
  else for (const line of lines) cli.out.writeLine(JSON.stringify(line));
  return 0;
}
