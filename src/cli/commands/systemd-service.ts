/** `dirigent service` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { ServiceOptions } from '../actions/systemd-service.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verbs. */
export function addService(program: CliCommand, host: VerbHost): void {
  const service = program
    .command('service')
    .summary('has systemd run the daemon')
    .description('Has systemd run the daemon of this project.')
    .usage('<command> [options]')
    .withExamples(
      ['dirigent service install --user --now', 'a service of yours, at once'],
      ['dirigent service uninstall --user', 'stop it, and remove it'],
    );
  service.helpCommand(false);
  withScope(service.command('install'))
    .summary('writes a unit and enables it')
    .description(
      'Writes a systemd unit for this project and enables it. A crash of the daemon leaves its tasks alone, and the next one goes on with them; ' +
        'stopping the service stops them. Says what it did, and how to undo it.',
    )
    .option('--now', 'start it as well')
    .option('--print', 'print the unit, and do nothing')
    .withExamples(
      ['dirigent service install --user --now', 'a service of yours, at once'],
      ['dirigent service install --system --print', 'what it would be for the machine'],
    )
    .action((options: ServiceOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/systemd-service.ts')).install(cli, options)),
    );
  withScope(service.command('uninstall'))
    .summary('stops and removes it')
    .description('Stops the service and with it its tasks, disables it, and removes its unit. Logs and state stay.')
    .withExamples(['dirigent service uninstall --user', 'undo what install did'])
    .action((options: ServiceOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/systemd-service.ts')).uninstall(cli, options)),
    );
}

const withScope = (command: CliCommand): CliCommand =>
  command
    .addOption(new Option('--user', 'a service of this user').conflicts('system'))
    .option('--system', 'a service of the machine, which runs as root; needs root')
    .option('--name <unit>', 'what comes after "dirigent-" in its name (default: the name of the project)');
