/** `dirigent import` on the command line. Only what it is called with. */
import type { ImportOptions } from '../actions/import.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addImport(program: CliCommand, host: VerbHost): void {
  program
    .command('import')
    .summary('makes a dirigent.toml of a Procfile, or of pm2')
    .description(
      'Makes a dirigent.toml from a Procfile, or from an ecosystem file of pm2 (.json, .js, .cjs, .mjs), which is run as pm2 runs it. ' +
        'What cannot be carried over is said on stderr, and in comments. Starts nothing, and overwrites no file.',
    )
    .argument('<file>', 'what to read')
    .option('--output <file>', 'write it there, not to stdout; paths in it are relative to that folder')
    .withExamples(
      ['dirigent import Procfile --output dirigent.toml', 'from foreman'],
      ['dirigent import ecosystem.config.js | less', 'what would come of it'],
    )
    .action((file: string, options: ImportOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/import.ts')).importFile(cli, file, options)),
    );
}
