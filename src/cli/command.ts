/** The kind of command ours are: with settings, examples, and help as an answer rather than an error. Defines no verb. */
import { Command, CommanderError, Help, Option, type Argument } from 'commander';
import { packageVersion } from '../config/version.ts';
import { GLOBAL_HEADING, globalOptions } from './globals.ts';

/** A line someone would type, and what it is for. */
export type Example = readonly [line: string, meaning: string];

/** A command with examples in its help. */
export class CliCommand extends Command {
  examples: readonly Example[] = [];

  constructor(name?: string) {
    super(name);
    for (const option of globalOptions()) this.addOption(option);
    this.version(packageVersion(), '-V, --version', 'show the version');
    this.options.at(-1)?.helpGroup(GLOBAL_HEADING);
    this.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(GLOBAL_HEADING));
    this.addHelpText('after', () => listing('Examples:', this.examples));
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  override createHelp(): Help {
    return Object.assign(new CliHelp(), this.configureHelp());
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

/** Help with the options of the verb before the global ones, and verbs without the word `[options]`, which all have. */
class CliHelp extends Help {
  override visibleOptions(command: Command): Option[] {
    const options = super.visibleOptions(command);
    const isGlobal = (option: Option): boolean => option.helpGroupHeading === GLOBAL_HEADING;
    return [...options.filter((option) => !isGlobal(option)), ...options.filter(isGlobal)];
  }

  /** Groups in the order in which they are seen, not in that of definition. */
  override groupItems<Item extends Command | Option>(
    _defined: Item[],
    visible: Item[],
    groupOf: (item: Item) => string,
  ): Map<string, Item[]> {
    return super.groupItems(visible, visible, groupOf);
  }

  override subcommandTerm(command: Command): string {
    const names = [command.name(), ...command.aliases()].join('|');
    return [names, ...command.registeredArguments.map(argumentTerm)].join(' ');
  }
}

/** `<task...>` where it must be given, `[task...]` where it may be. */
export function argumentTerm(argument: Argument): string {
  const term = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${term}>` : `[${term}]`;
}

/** A heading and its lines, the second column aligned; empty without lines. */
export function listing(heading: string, lines: readonly (readonly [string, string])[]): string {
  if (lines.length === 0) return '';
  const width = Math.max(...lines.map(([first]) => first.length));
  return [`\n${heading}`, ...lines.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`)].join('\n');
}
