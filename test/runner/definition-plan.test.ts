/** What definitions come to together, without a runner: sizes that a real one would take long to reach. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveDefinition } from '../../src/config/definition.ts';
import { TaskError } from '../../src/errors.ts';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { keyOf, planDefinitions, type Authored } from '../../src/runner/definition-plan.ts';

const COUNT = 10_000;
const NO_GROUPS: ReadonlySet<string> = new Set();

function authored(name: string, more: Partial<TaskDefinition> = {}): Authored {
  const input = { name, command: 'true', ...more };
  return { input, definition: resolveDefinition(input, { baseDir: '/', label: 'open' }), origin: 'code', isPersisted: false };
}

const chain = (length: number): Authored[] =>
  Array.from({ length }, (_, i) => authored(`t${i}`, i === 0 ? {} : { dependsOn: [`t${i - 1}`] }));

test('case 57: a chain of 10,000 tasks is taken at once, whichever end comes first', () => {
  for (const given of [chain(COUNT), chain(COUNT).toReversed()])
    assert.equal(planDefinitions(given, new Map(), NO_GROUPS, 'open').registrations.length, COUNT);
});

test('case 57: a chain of 10,000 tasks is taken one by one, and the cycle that closes it is named', () => {
  const present = new Map<string, Authored>();
  for (const each of chain(COUNT)) {
    planDefinitions([each], present, NO_GROUPS, 'register');
    present.set(keyOf(each.definition.name), each);
  }
  const closing = authored('t0', { dependsOn: [`t${COUNT - 1}`] });
  assert.throws(
    () => planDefinitions([closing], present, NO_GROUPS, 'update'),
    (error) => {
      assert.ok(TaskError.is(error));
      assert.match(error.message, /got a cycle: t0 -> t9999 -> t9998 -> .* -> … 9988 more … -> .* -> t1 -> t0\n/);
      assert.ok(error.message.length < 500);
      return true;
    },
  );
});

test('no more than a hundred problems are listed, and the rest is counted', () => {
  const given = Array.from({ length: 150 }, (_, i) => authored(`t${i}`, { group: 'none' }));
  assert.throws(
    () => planDefinitions(given, new Map(), NO_GROUPS, 'open'),
    (error) => {
      assert.ok(TaskError.is(error));
      assert.match(error.message, /^open: the tasks together have 150 problems\n[^]*\n {2}… and 50 more$/);
      assert.equal((error.details['problems'] as unknown[]).length, 100);
      return true;
    },
  );
});

test('a dependant of a task that now has other instances is among what changes, others are not', () => {
  const all = [authored('worker', { instances: 2 }), authored('web', { dependsOn: ['worker'] }), authored('db')];
  const present = new Map(all.map((each) => [keyOf(each.definition.name), each]));
  const { registrations, obsolete } = planDefinitions([authored('worker', { instances: 3 })], present, NO_GROUPS, 'register');
  assert.deepEqual(
    registrations.map(({ definition, definedAs }) => [definition.name, definedAs]),
    [
      ['worker-1', 'worker'],
      ['worker-2', 'worker'],
      ['worker-3', 'worker'],
      ['web', 'web'],
    ],
  );
  assert.deepEqual(obsolete, []);
  assert.deepEqual(planDefinitions([authored('worker')], present, NO_GROUPS, 'register').obsolete, ['worker-1', 'worker-2']);
  const titled = planDefinitions([authored('worker', { instances: 2, title: 'W' })], present, NO_GROUPS, 'update');
  assert.equal(titled.registrations.length, 2);
});
