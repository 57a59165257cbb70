/** `dirigent doctor` on the command line. Only what it is called with. */
import type { DoctorOptions } from '../actions/doctor.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addDoctor(program: CliCommand, host: VerbHost): void {
  program
    .command('doctor')
    .summary('checks the machine and the data directory')
    .description(
      'Checks what a runner needs of this machine, the configuration and the data directory, and tells who works in it and what earlier runners left, with what to do. ' +
        'Changes nothing, and needs no runner. Ends with 1 when something does not work.',
    )
    .option('--json', 'one JSON document: { "checks": [...] }')
    .withExamples(
      ['dirigent doctor', 'one line a check: ok, warn or fail'],
      ['dirigent doctor --json | jq \'.checks[] | select(.health != "ok")\'', 'what is to be done, for a script'],
    )
    .action((options: DoctorOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/doctor.ts')).doctor(cli, options)),
    );
}
