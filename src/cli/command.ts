/** The kind of command ours are: with settings, examples, and help as an answer rather than an error. Defines no verb. */
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../index.ts';
import { GLOBAL_HEADING, globalOptions } from './globals.ts';

/** A line someone would type, and what it is for. */
export type Example = readonly [line: string, meaning: string];

/** A command with examples in its help. */
export class CliCommand extends Command {
  examples: readonly Example[] = [];

  constructor(name?: string) {
    super(name);
    this.helpOption('-h, --help', 'show this help');
    this.version(packageVersion(), '-V, --version', 'show the version');
    for (const option of globalOptions()) this.addOption(option);
    for (const option of this.options) option.helpGroup(GLOBAL_HEADING);
    this.addHelpText('after', () => listing('Examples:', this.examples));
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  /** Sets the examples. */
  withExamples(...examples: readonly Example[]): this {
    this.examples = examples;
    return this;
  }

  /** Shows the help on stdout: also a command without its verb asks for it, and that is no error. */
  override help(): never {
    this.outputHelp();
    throw new CommanderError(0, 'commander.help', '(outputHelp)');
  }
}

/** A heading and its lines, the second column aligned; empty without lines. */
export function listing(heading: string, lines: readonly (readonly [string, string])[]): string {
  if (lines.length === 0) return '';
  const width = Math.max(...lines.map(([first]) => first.length));
  return [`\n${heading}`, ...lines.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`)].join('\n');
}
