/** The JSON Schema and the loader say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { loadText } from './project.ts';

interface Node {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Node;
}

const schema = JSON.parse(JSON.stringify(configJsonSchema())) as Node & { readonly $schema: string };
const propertiesOf = (node: Node | undefined): Readonly<Record<string, Node>> => node?.properties ?? assert.fail('expected properties');
const top = propertiesOf(schema);
const task = top['tasks']?.items ?? assert.fail();
const group = top['groups']?.items ?? assert.fail();
const runner = top['runner'] ?? assert.fail();
const api = top['api'] ?? assert.fail();
const tables: readonly (readonly [string, Node])[] = [
  ['tasks', task],
  ['groups', group],
  ['runner', runner],
  ['api', api],
  ['tasks.log', propertiesOf(task)['log'] ?? {}],
  ['runner.log', propertiesOf(runner)['log'] ?? {}],
];

test('it is of draft 2020-12, open at the top and closed inside our tables', () => {
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.equal(schema.additionalProperties, true);
  for (const [, table] of tables) assert.equal(table.additionalProperties, false);
  assert.deepEqual(task.required, ['name', 'command']);
  assert.deepEqual(group.required, ['name']);
  assert.equal(runner.required, undefined);
});

/** Optional keys without a default: absent, they ask for nothing. */
const ABSENT = new Set([
  'listen',
  'user',
  'nice',
  'ready',
  'alive',
  'stop_command',
  'run_timeout',
  'max_memory',
  'schedule',
  'timezone',
  'group',
]);

const isAbsent = (name: string, key: string): boolean => ABSENT.has(key) || (name === 'groups' && key === 'max_restarts');

for (const [name, table] of tables) {
  test(`every key of ${name} is in snake_case, and described; every optional one of a closed kind has its default`, () => {
    for (const [key, node] of Object.entries(propertiesOf(table))) {
      assert.match(key, /^[a-z]+(_[a-z]+)*$/);
      assert.ok((node.description ?? '').length > 10, `${key} has no description`);
      if (!['name', 'command', 'title', 'data_dir'].includes(key) && !isAbsent(name, key))
        assert.notEqual(node.default, undefined, `${key} has no default`);
    }
  });
}

test('durations and sizes say how they are written', () => {
  const { stop_timeout: timeout, log } = propertiesOf(task);
  assert.match(timeout?.description ?? '', /Takes a duration such as .* or a number of milliseconds\.$/);
  assert.deepEqual(timeout?.type, ['string', 'number']);
  assert.match(propertiesOf(log)['max_size']?.description ?? '', /Takes a size such as .* or a number of bytes\.$/);
  assert.equal(propertiesOf(log)['max_size']?.default, '10MiB');
  assert.ok(propertiesOf(task)['stop_signal']?.enum?.includes('SIGQUIT'));
});

/** A value that the schema of a key allows: its default, else the first of its kind. */
function sample(node: Node): unknown {
  if (node.default !== undefined) return node.default;
  const value = node.const ?? node.enum?.[0];
  return value ?? 'x';
}

const toToml = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(toToml).join(', ')}]`
    : typeof value === 'object' && value !== null
      ? `{ ${Object.entries(value)
          .map(([key, item]) => `${key} = ${toToml(item)}`)
          .join(', ')} }`
      : JSON.stringify(value);

const withLog = (name: string, table: Node): string => {
  const { log, ...others } = propertiesOf(table);
  const given = Object.entries(others).filter(([key]) => !isAbsent(name, key));
  const lines = given.map(([key, node]) => `${key} = ${toToml(sample(node))}`);
  return [...lines, ...Object.entries(log?.properties ?? {}).map(([key, node]) => `log.${key} = ${toToml(sample(node))}`)].join('\n');
};

test('a file with every key of the schema, at its default, loads and changes nothing', async () => {
  const all = await loadText(
    `[runner]\n${withLog('runner', runner)}\n[[tasks]]\n${withLog('tasks', task)}\n[[groups]]\n${withLog('groups', group)}\n[api]\n${withLog('api', api)}\n`,
  );
  const { tasks } = await loadText('[[tasks]]\nname = "x"\ncommand = "x"\n');
  assert.deepEqual(all.tasks[0]?.definition, tasks[0]?.definition);
  assert.deepEqual(
    all.groups.map(({ definition }) => definition),
    [{ name: 'x', strategy: 'one_for_one', restartWindow: 3_600_000 }],
  );
  assert.deepEqual(all.api, { listen: null, allowDefine: false, allowedHosts: [] });
  assert.deepEqual(all.notes, []);
});
