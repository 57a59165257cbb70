/**
 * Writes `docs/reference/cli.md` from the definition of the command line itself; with `--check` it writes nothing and fails when
 * the page is stale. Run it from the package's folder, after a build. No text about a single command is here: that is its help.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Argument, Option } from 'commander';
import { argumentTerm, type CliCommand } from '../src/cli/command.ts';
import { EXIT_CODES } from '../src/cli/exit-code.ts';
import { ENVIRONMENT, globalOptions } from '../src/cli/globals.ts';
import { Host } from '../src/cli/host.ts';
import { createProgram } from '../src/cli/program.ts';

const PAGE = 'docs/reference/cli.md';

type Rows = readonly (readonly [string, string])[];

function toPage(program: CliCommand): string {
  const sections = program.commands.flatMap((command) => toSections(command as CliCommand, program.name()));
  return [
    `# The command \`${program.name()}\``,
    '',
    '<!-- Generated from `src/cli/` by `npm run docs`. Edit the commands. -->',
    '',
    `${program.description()} What you ask for is on stdout, everything said about it on stderr.`,
    '',
    ...toExamples(program),
    ...sections,
    '## Global options',
    '',
    'Every command takes them, before or after its name. A flag wins over its variable, a variable over the file.',
    '',
    ...toTable('option', [...toOptionRows(globalOptions()), ['-V, --version', 'show the version'], ['-h, --help', 'show the help']]),
    '## Environment',
    '',
    ...toTable('variable', ENVIRONMENT),
    '## Exit codes',
    '',
    ...toTable('code', EXIT_CODES),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** A command, or in place of one that only groups others, those. */
function toSections(command: CliCommand, parents: string): string[] {
  const name = `${parents} ${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((child) => toSections(child as CliCommand, name));
  const usage = [name, '[options]', ...command.registeredArguments.map(argumentTerm)].join(' ');
  const aliases = command.aliases().map((alias) => `Also \`${parents} ${alias}\`. `);
  return [
    `## ${name}`,
    '',
    code(usage),
    '',
    `${aliases.join('')}${command.description()}`,
    '',
    ...toTable('argument', command.registeredArguments.map(toArgumentRow)),
    ...toTable('option', toOptionRows(ownOptions(command))),
    ...toExamples(command),
  ];
}

const toArgumentRow = (argument: Argument): readonly [string, string] => [argumentTerm(argument), explain(argument)];

const toOptionRows = (options: readonly Option[]): Rows => options.map((option) => [option.flags, explain(option)]);

function ownOptions(command: CliCommand): Option[] {
  const global = new Set(['--version', ...globalOptions().map(({ long }) => long)]);
  return command.options.filter(({ long }) => !global.has(long));
}

/** The description, with choices and default, as the help has it. */
function explain({ description, argChoices, defaultValue }: Argument | Option): string {
  const choices = argChoices === undefined ? [] : [`one of ${argChoices.map(code).join(', ')}`];
  const fallback = typeof defaultValue === 'string' || typeof defaultValue === 'number' ? [`default ${code(String(defaultValue))}`] : [];
  return [description, ...choices, ...fallback].join('; ');
}

const toExamples = ({ examples }: CliCommand): string[] =>
  examples.length === 0 ? [] : ['```sh', ...examples.flatMap(([line, meaning]) => [`# ${meaning}`, line]), '```', ''];

function toTable(head: string, rows: Rows): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(([first, second]) => `| ${code(first)} | ${second.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;')} |`);
  return [`| ${head} | meaning |`, '| --- | --- |', ...lines, ''];
}

const code = (text: string): string => `\`${text}\``;

const { stdout, stderr, env } = process;
const page = toPage(await createProgram(new Host({ stdout, stderr, env, cwd: process.cwd() })));
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page);
} else if (readFileSync(PAGE, 'utf8') !== page) {
  stderr.write(`${PAGE} is stale: run npm run docs\n`);
  process.exitCode = 1;
}
