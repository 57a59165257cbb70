/** The schema of a task: its defaults, its limits, and what it refuses. What messages look like in a file is the configuration's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskDefinitionSchema } from '../../src/model/definition.ts';
import { TASK_NAME_PATTERN } from '../../src/model/task-name.ts';
import { MAX_ARGUMENT_BYTES } from '../../src/model/text.ts';
import { toShown } from '../../src/model/info.ts';

const parse = (extra: object): unknown => TaskDefinitionSchema.parse({ name: 'web', command: 'true', ...extra });
const isTaken = (extra: object): boolean => TaskDefinitionSchema.safeParse({ name: 'web', command: 'true', ...extra }).success;

test('name and command are enough; everything else has its documented default', () => {
  assert.deepEqual(parse({}), {
    name: 'web',
    title: 'web',
    command: 'true',
    args: [],
    cwd: '.',
    env: {},
    envFile: [],
    envInherit: true,
    runAtStartup: false,
    persistToDisk: true,
    rotatePrevious: true,
    shell: false,
    restart: 'never',
    restartDelay: 500,
    restartMaxDelay: 60_000,
    restartReset: 10_000,
    maxRestarts: 20,
    restartWindow: 600_000,
    successExitCodes: [0],
    dependsOn: [],
    startTimeout: 90_000,
    overlap: 'skip',
    watch: [],
    instances: 1,
    stdin: 'null',
    stopSignal: 'SIGTERM',
    stopTimeout: 10_000,
    drainTimeout: 2_000,
    leftovers: 'kill',
    onSupervisorCrash: 'stop',
    orphanTimeout: 1_000,
    log: { maxSize: 10_485_760, keep: 5, compress: false, rotateEvery: 0, maxAge: 0, total: 524_288_000, combined: true },
  });
});

test('what is given replaces its default alone', () => {
  const task = TaskDefinitionSchema.parse({
    name: 'web',
    command: 'true',
    title: 'Web',
    log: { maxSize: '1MiB' },
    envFile: 'a.env',
    stopTimeout: '1.5s',
  });
  assert.deepEqual([task.title, task.log.maxSize, task.log.keep, task.envFile, task.stopTimeout], ['Web', 1_048_576, 5, ['a.env'], 1_500]);
});

const REFUSED: Readonly<Record<string, object>> = {
  'a missing command': { command: undefined },
  'an empty command': { command: '' },
  'a command with a NUL': { command: 'a\0b' },
  'arguments that are no list': { args: 'server' },
  'an argument that is no string': { args: [1] },
  'an argument as long as the kernel refuses': { args: ['x'.repeat(MAX_ARGUMENT_BYTES)] },
  'a variable that is a number': { env: { PORT: 80 } },
  'a variable with an equals sign in its name': { env: { 'A=B': '' } },
  'a variable without a name': { env: { '': '' } },
  'a secret with another key': { env: { A: { file: 'x', other: 1 } } },
  'a secret without a path': { env: { A: { file: '' } } },
  'a flag that is text': { shell: 'yes' },
  'a signal by number': { stopSignal: 15 },
  'a signal there is not': { stopSignal: 'SIGFOO' },
  'a signal by the name of an object’s property': { stopSignal: 'constructor' },
  'leftovers that are neither': { leftovers: 'ask' },
  'a log file below 1 KiB': { log: { maxSize: 1023 } },
  'a log total below 4 KiB': { log: { total: 4095 } },
  'a negative count of files': { log: { keep: -1 } },
  'half a file': { log: { keep: 0.5 } },
  'an unknown key': { comand: 'x' },
  'an unknown key of the log': { log: { size: 1 } },
  'an empty title': { title: '' },
  'a title of 201 characters': { title: 'x'.repeat(201) },
};

for (const [what, extra] of Object.entries(REFUSED)) test(`${what} is refused`, () => assert.equal(isTaken(extra), false));

test('the limits themselves are taken', () => {
  assert.ok(
    isTaken({
      args: ['x'.repeat(MAX_ARGUMENT_BYTES - 1)],
      title: 'x'.repeat(200),
      log: { maxSize: 1024, keep: 0, total: 4096 },
      stopTimeout: 0,
      name: 'x'.repeat(64),
    }),
  );
});

test('a name is a slug that is safe as a file name', () => {
  for (const name of ['a', '7', 'Web.2', 'a_b-c', 'con']) assert.match(name, TASK_NAME_PATTERN);
  for (const name of ['', '.', '..', '-a', '_a', 'a/b', 'a b', 'a\n', 'é', 'x'.repeat(65)]) assert.doesNotMatch(name, TASK_NAME_PATTERN);
});

test('a definition that is shown has the names of its variables and none of their values', () => {
  const shown = toShown(TaskDefinitionSchema.parse({ name: 'web', command: 'true', env: { A: 'secret', B: { file: '/run/secret' } } }));
  assert.deepEqual(shown.env, ['A', 'B']);
  assert.equal(JSON.stringify(shown).includes('secret'), false);
});
