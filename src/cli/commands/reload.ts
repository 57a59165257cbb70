/** `dirigent reload` on the command line. Only what it is called with. */
import type { ReloadOptions } from '../actions/reload.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addReload(program: CliCommand, host: VerbHost): void {
  program
    .command('reload')
    .summary('has the daemon take over a changed configuration')
    .description(
      'Has the daemon read its configuration files once more and take over what changed: adds, removes and restarts the tasks that this concerns, and no others. ' +
        'With a mistake in the files nothing changes. SIGHUP to the daemon does the same.',
    )
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'one JSON document: { "added": [...], "changed": [...], "removed": [...], "restarted": [...], ... }')
    .withExamples(['dirigent reload --dry-run', 'what would happen'], ['dirigent reload', 'have it happen'])
    .action((options: ReloadOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/reload.ts')).reload(cli, options)),
    );
}
