/** Makes `docs/reference/config.md` from the JSON Schema of the configuration; with `--check`, only says whether it is fresh. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema, type JsonSchema } from '../src/index.ts';

const PAGE = 'docs/reference/config.md';

type Node = JsonSchema & { readonly description?: string; readonly properties?: Readonly<Record<string, Node>>; readonly items?: Node };

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function describeDefault(node: Node): string {
  if (node['default'] === undefined) return '–';
  return `\`${cell(JSON.stringify(node['default']))}\``;
}

function table(properties: Readonly<Record<string, Node>>): string {
  const rows = Object.entries(properties).map(
    ([key, node]) => `| \`${key}\` | ${describeDefault(node)} | ${cell(node.description ?? '')} |`,
  );
  return ['| key | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function without(properties: Readonly<Record<string, Node>>, keys: ReadonlySet<string>): Record<string, Node> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.has(key)));
}

/** `ready` and `alive` take the same keys. */
function probes(probe: Node | undefined): string {
  if (probe === undefined) return '';
  return `### \`ready\` and \`alive\`

A probe has exactly one of \`http\`, \`tcp\`, \`exec\`, \`log\` and \`notify_fd\`, and any of the others.

${table(probe.properties ?? {})}

`;
}

/** What no key is about. */
const REST = `## Variables

\`\${NAME}\` and \`\${NAME:-default}\` in a string stand for a variable of the environment that the file is loaded in; \`$\${\` is a literal \`\${\`. A name that is not set and has no default is
a mistake. \`$NAME\` and \`$(…)\` are left to the shell.

## Other tables

Other tables and keys at the top of the file are for other programs: they are ignored, with a note.
`;

function page(): string {
  const schema = configJsonSchema() as Node;
  const task = schema.properties?.['tasks']?.items?.properties ?? {};
  const runner = schema.properties?.['runner']?.properties ?? {};
  const api = schema.properties?.['api']?.properties ?? {};
  const group = schema.properties?.['groups']?.items?.properties ?? {};
  const log = task['log']?.properties ?? {};
  return `# \`dirigent.toml\`

Generated from the schema that checks the file. \`dirigent config schema\` prints it as JSON Schema, for editors.

## Where it is looked for

\`--config\` (repeatable: tasks and groups are merged by name, the later file wins), \`DIRIGENT_CONFIG\` (files separated by \`:\`), else \`dirigent.toml\` in the working directory or above it, up
to the root of the repository or your home. A file that another user could have written is refused.

## \`[[tasks]]\`

Only \`name\` and \`command\` are needed. A key that is not in this table is a mistake.

${table(task)}

Durations are written \`250ms\`, \`10s\`, \`5m\`, \`1h\`, \`1d\`, or as a number of milliseconds; sizes \`64KiB\`, \`10MiB\`, \`1GiB\`, \`100MB\`, or as a number of bytes. In code the keys are
camelCase: \`stopTimeout\`, \`log: { maxSize }\`.

### \`log\`

${table(log)}

${probes(task['ready'])}## \`[[groups]]\`

Only \`name\` is needed. What groups are for: [dependencies, groups and instances](../guide/dependencies.md).

${table(group)}

## \`[runner]\`

${table(without(runner, new Set(Object.keys(task))))}

It also takes every key of a task but \`name\`, \`title\`, \`command\`, \`args\` and \`cwd\`, as the default for all tasks. \`env\` and \`log\` merge, key by key.

## \`[api]\`

How \`dirigent serve\` can be reached besides the socket in its data directory.

${table(api)}

${REST}`;
}

const made = page();
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== made) {
    console.error(`${PAGE} is stale: run npm run docs`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(PAGE, made);
}
