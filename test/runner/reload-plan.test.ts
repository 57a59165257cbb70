/** What another reading of the files comes to, as a table: which definitions count, and which tasks change by that. No runner, no files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveDefinition } from '../../src/config/definition.ts';
import type { TaskDefinition } from '../../src/model/definition.ts';
import type { TaskOrigin } from '../../src/model/info.ts';
import { keyOf, planDefinitions, type Authored, type AuthoredByKey, type Registration } from '../../src/runner/definition-plan.ts';
import { toChanges, toTakeover, withoutGone } from '../../src/runner/reload-plan.ts';
import { isTaskErrorWith } from '../rig/errors.ts';

const NO_GROUPS: ReadonlySet<string> = new Set();

function task(name: string, more: Partial<TaskDefinition> = {}, origin: TaskOrigin = 'file', line = 1): Authored {
  const input = { name, command: 'serve', ...more };
  const definition = resolveDefinition(input, { baseDir: '/', label: 'open' });
  const source = origin === 'file' ? { source: { file: '/dirigent.toml', line } } : {};
  return { input: origin === 'file' ? null : input, definition, origin, isPersisted: origin === 'api', ...source };
}

interface Case {
  readonly title: string;
  /** What the runner has. */
  readonly present: readonly Authored[];
  /** What the files said, where that is not what the runner has of them. */
  readonly before?: readonly Authored[];
  readonly now: readonly Authored[];
  readonly fixed?: readonly string[];
  readonly kept?: readonly Authored[];
  /** Added, changed, removed; then how many are unchanged, and whose machine hears of it. */
  readonly expected: readonly [added: string, changed: string, removed: string, unchanged: number, told: string];
}

const workers = (instances: number, more: Partial<TaskDefinition> = {}): Authored => task('worker', { instances, ...more });

const cases: readonly Case[] = [
  { title: 'the same files change nothing', present: [task('a'), task('b')], now: [task('a'), task('b')], expected: ['', '', '', 2, ''] },
  {
    title: 'a definition that only moved is unchanged',
    present: [task('a'), task('b')],
    now: [task('b', {}, 'file', 9), task('a', {}, 'file', 20)],
    expected: ['', '', '', 2, ''],
  },
  {
    title: 'a default that is written out is unchanged',
    present: [task('a')],
    now: [task('a', { restart: 'never', stopTimeout: '10s', env: {} })],
    expected: ['', '', '', 1, ''],
  },
  {
    title: 'what is new, another, and gone is told apart, in the order of the files',
    present: [task('a'), task('b'), task('c'), task('d')],
    now: [task('new'), task('d', { title: 'D' }), task('b', { args: ['x'] }), task('a')],
    expected: ['new', 'd b', 'c', 1, 'new d b'],
  },
  {
    title: 'deep differences count: a variable, a probe, a limit of the logs',
    present: [task('a', { env: { A: '1' } }), task('b', { ready: { tcp: 'h:1' } }), task('c', { log: { keep: 1 } })],
    now: [task('a', { env: { A: '2' } }), task('b', { ready: { tcp: 'h:2' } }), task('c', { log: { keep: 2 } })],
    expected: ['', 'a b c', '', 0, 'a b c'],
  },
  {
    title: 'files without a task remove those they had',
    present: [task('a'), task('b')],
    now: [],
    expected: ['', '', 'a b', 0, ''],
  },
  {
    title: 'more instances leave those there are alone; one that depends on them is told, and is unchanged',
    present: [workers(2), task('web', { dependsOn: ['worker'] })],
    now: [workers(3), task('web', { dependsOn: ['worker'] })],
    expected: ['worker-3', '', '', 3, 'worker-3 web'],
  },
  {
    title: 'fewer instances remove the last ones',
    present: [workers(3)],
    now: [workers(1)],
    expected: ['worker', '', 'worker-1 worker-2 worker-3', 0, 'worker'],
  },
  {
    title: 'a change of several instances is one of each',
    present: [workers(2)],
    now: [workers(2, { nice: 3 })],
    expected: ['', 'worker-1 worker-2', '', 0, 'worker-1 worker-2'],
  },
  {
    title: 'a task of its own takes the place of an instance that is gone',
    present: [workers(2)],
    now: [task('worker-1')],
    expected: ['', 'worker-1', 'worker-2', 0, 'worker-1'],
  },
  {
    title: 'tasks of code and of the API are left alone',
    present: [task('code', {}, 'code'), task('api', {}, 'api'), task('a')],
    now: [task('a')],
    expected: ['', '', '', 1, ''],
  },
  {
    title: 'one of code that depends on more instances now is told, and is no change',
    present: [workers(2), task('web', { dependsOn: ['worker'] }, 'code')],
    now: [workers(3)],
    expected: ['worker-3', '', '', 2, 'worker-3 web'],
  },
  {
    title: 'a file that now defines the name of a persisted or registered task wins',
    present: [task('api', {}, 'api'), task('later', {}, 'code')],
    before: [],
    now: [task('api', { nice: 1 }), task('later', { nice: 1 })],
    expected: ['', 'api later', '', 0, 'api later'],
  },
  {
    title: 'code that opened the runner wins over a file, as it did then',
    present: [task('code', {}, 'code')],
    now: [task('code', { nice: 1 })],
    fixed: ['code'],
    expected: ['', '', '', 0, ''],
  },
  {
    title: 'what someone registered over a task of a file stays while the file says the same of it',
    present: [task('web', { nice: 5 }, 'code'), task('a')],
    before: [task('web'), task('a')],
    now: [task('web'), task('a', { nice: 1 })],
    expected: ['', 'a', '', 0, 'a'],
  },
  {
    title: 'and gives way once the file says something else',
    present: [task('web', { nice: 5 }, 'code')],
    before: [task('web')],
    now: [task('web', { nice: 1 })],
    expected: ['', 'web', '', 0, 'web'],
  },
  {
    title: 'a persisted task that a file had replaced comes back',
    present: [task('web')],
    now: [],
    kept: [task('web', { nice: 7 }, 'api')],
    expected: ['', 'web', '', 0, 'web'],
  },
];

const toPresent = (all: readonly Authored[]): AuthoredByKey => new Map(all.map((each) => [keyOf(each.definition.name), each]));

const tasksOf = (present: AuthoredByKey): readonly Registration[] =>
  planDefinitions([...present.values()], new Map(), NO_GROUPS, 'open').registrations;

function reload({
  present: all,
  before = all.filter(({ origin }) => origin === 'file'),
  now,
  fixed = [],
  kept = [],
}: Omit<Case, 'title' | 'expected'>) {
  const present = toPresent(all);
  const find = (name: string) => kept.find(({ definition }) => definition.name === name);
  const takeover = toTakeover({ present, before, now, fixed: new Set(fixed), kept: find });
  const plan = planDefinitions(takeover.given, withoutGone(present, takeover), NO_GROUPS, 'reload');
  return toChanges(takeover, plan, present, tasksOf(present));
}

for (const { title, expected, ...sides } of cases) {
  test(title, () => {
    const { added, changed, removed, unchanged, registrations } = reload(sides);
    const told = registrations.map(({ definition }) => definition.name);
    const text = (names: readonly string[]): string => names.join(' ');
    assert.deepEqual([text(added), text(changed), text(removed), unchanged, text(told)], expected);
  });
}

test('a name that comes again in another case is refused: its folder may be the same', () => {
  assert.throws(
    () => reload({ present: [task('Web')], now: [task('web')] }),
    isTaskErrorWith('TASK_INVALID', /"web" and "Web" differ in case alone/),
  );
});
