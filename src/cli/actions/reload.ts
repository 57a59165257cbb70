/** `dirigent reload`: the daemon reads its configuration once more. Decides nothing: what changes, and whether it can, the daemon says. */
import type { ReloadPlan } from '../../index.ts';
import { withDaemon } from '../daemon/client.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';
import { renderTable } from '../render/table.ts';

/** Options of `reload`. */
export interface ReloadOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

/** Reloads, and prints the plan. @throws TaskError `CONFIG_INVALID`, with all problems */
export async function reload(cli: Cli, { dryRun, json }: ReloadOptions): Promise<number> {
  const plan = await withDaemon(cli, await loadProject(cli), (daemon) => daemon.reload({ dryRun: dryRun === true }));
  if (json === true) cli.out.writeLine(JSON.stringify(plan, null, 2));
  else {
    cli.out.write(renderTable(toRows(plan), cli.out.columns));
    cli.err.writeLine(`dirigent: ${plan.unchanged === 1 ? '1 task is' : `${plan.unchanged} tasks are`} as before`);
  }
  for (const note of plan.notes) cli.err.writeLine(`note: ${cli.err.show(note)}`);
  return 0;
}

function toRows({ added, changed, removed, restarted, dryRun }: ReloadPlan): { readonly text: string }[][] {
  const again = dryRun ? 'changed, would be restarted' : 'changed, restarted';
  return [
    ...added.map((name) => [name, 'added']),
    ...changed.map((name) => [name, restarted.includes(name) ? again : 'changed']),
    ...removed.map((name) => [name, 'removed']),
  ].map((row) => row.map((text) => ({ text })));
}
