/** Defaults for tasks, given by whoever loads a file: below every word of the file, and checked as it is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveDefinition } from '../../src/config/definition.ts';
import { loadConfig } from '../../src/config/load.ts';
import { resolveTaskDefaults } from '../../src/config/task-defaults.ts';
import type { ResolvedTask, TaskDefaults } from '../../src/model/definition.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { failureOf, folder, write } from './project.ts';

const TASK = '[[tasks]]\nname = "web"\ncommand = "web"\n';

async function load(toml: string, defaults: TaskDefaults): Promise<ResolvedTask> {
  const { tasks } = await loadConfig({ files: [write('dirigent.toml', toml)], env: {}, cwd: folder, defaults });
  return tasks[0]?.definition ?? assert.fail('expected a task');
}

const cases: readonly (readonly [title: string, toml: string, defaults: TaskDefaults, expected: Partial<ResolvedTask>])[] = [
  [
    'hold where nobody says otherwise',
    TASK,
    { onSupervisorCrash: 'keep', stopTimeout: '3s' },
    { onSupervisorCrash: 'keep', stopTimeout: 3_000 },
  ],
  ['give way to [runner]', `[runner]\nstop_timeout = "4s"\n${TASK}`, { stopTimeout: '3s', nice: 3 }, { stopTimeout: 4_000, nice: 3 }],
  ['give way to the task', `${TASK}stop_timeout = "5s"`, { stopTimeout: '3s' }, { stopTimeout: 5_000 }],
  [
    'give way to a word that is the same as no word',
    `${TASK}on_supervisor_crash = "stop"`,
    { onSupervisorCrash: 'keep' },
    { onSupervisorCrash: 'stop' },
  ],
  [
    'merge env with [runner] and the task, name by name',
    `[runner]\nenv = { B = "runner", C = "runner" }\n${TASK}env = { C = "task" }`,
    { env: { A: 'default', B: 'default', C: 'default' } },
    { env: { A: 'default', B: 'runner', C: 'task' } },
  ],
  [
    'have paths relative to the working directory',
    TASK,
    { envFile: 'x.env', watch: ['*.ts'] },
    { envFile: [join(folder, 'x.env')], watch: [join(folder, '*.ts')] },
  ],
];

for (const [title, toml, defaults, expected] of cases) {
  test(`defaults ${title}`, async () => {
    const task = await load(toml, defaults);
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, task[key as keyof ResolvedTask]])), expected);
  });
}

test('defaults of log merge key by key', async () => {
  const { log } = await load(`[runner]\nlog.keep = 2\n${TASK}`, { log: { keep: 1, compress: true, maxSize: '1MiB' } });
  assert.deepEqual([log.keep, log.compress, log.maxSize, log.combined], [2, true, 1_048_576, true]);
});

test('bad defaults are told all at once, and by what they were given to', async () => {
  const bad = { stopTimeout: 'soon', nmae: 'x', command: 'x' } as TaskDefaults;
  const { message, problems } = await failureOf(loadConfig({ files: [], env: {}, defaults: bad }));
  assert.match(message, /^loadConfig: defaults has 3 problems\n/);
  assert.deepEqual(problems.map(({ path }) => path).sort(), ['command', 'nmae', 'stopTimeout']);
});

test('defaults that are no object are refused', () => {
  assert.throws(
    () => resolveTaskDefaults(['keep'], { baseDir: '/', label: 'open: taskDefaults' }),
    isTaskErrorWith('CONFIG_INVALID', /^open: taskDefaults has 1 problem\n {2}expected an object, got a list/),
  );
});

test('a default that is wrong for one task says so there', async () => {
  const defaults = { dependsOn: ['web'] };
  const { problems } = await failureOf(loadConfig({ files: [write('dirigent.toml', TASK)], env: {}, cwd: folder, defaults }));
  assert.deepEqual(
    problems.map(({ path, hint }) => [path, hint]),
    [['tasks[0].depends_on[0]', 'it is a default, such as [runner] gives: write depends_on in this task to replace it']],
  );
});

test('an option that code leaves undefined has its default', () => {
  const defaults = resolveTaskDefaults({ stopTimeout: '3s', nice: undefined }, { baseDir: '/', label: 'open: taskDefaults' });
  const input = { name: 'web', command: 'web', stopTimeout: undefined };
  assert.equal(resolveDefinition(input, { baseDir: '/', label: 'register', defaults }).stopTimeout, 3_000);
  assert.deepEqual(defaults, { stopTimeout: 3_000 });
});
