/** The errors of roots: heard of, and left to whoever would have had them. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createActor, createMachine, type AnyActorRef } from 'xstate';
import { onRootError } from '../../src/inspector/root-errors.ts';

const start = (): AnyActorRef => createActor(createMachine({ on: { boom: { actions: () => assert.fail('boom') } } })).start();

/** What XState would throw out of a timer, as nobody caught it. */
function collectUncaught(t: TestContext): (() => void)[] {
  const callbacks: (() => void)[] = [];
  t.mock.method(globalThis, 'setTimeout', (callback: () => void) => callbacks.push(callback));
  return callbacks;
}

test('the error of a root that nobody observes stays one that nobody caught, however many inspectors listen', (t) => {
  const uncaught = collectUncaught(t);
  const root = start();
  const told: string[] = [];
  onRootError(root, () => told.push('one'));
  onRootError(root, () => told.push('two'));
  root.send({ type: 'boom' });
  assert.deepEqual(told, ['one', 'two']);
  const [report, ...more] = uncaught;
  assert.ok(report !== undefined && more.length === 0);
  assert.throws(report, /boom/);
});

test('the error of a root that somebody observes is his alone', (t) => {
  const uncaught = collectUncaught(t);
  const root = start();
  const told: unknown[] = [];
  onRootError(root, () => told.push('listener'));
  root.subscribe({ error: (error) => told.push(error instanceof Error && error.message) });
  root.send({ type: 'boom' });
  assert.deepEqual([told, uncaught], [['listener', 'boom'], []]);
});

test('an observer without an ear for errors leaves them uncaught as ever, and who listens no more hears nothing', (t) => {
  const uncaught = collectUncaught(t);
  const root = start();
  const end = onRootError(root, () => assert.fail('told'));
  root.subscribe(() => undefined);
  end();
  root.send({ type: 'boom' });
  const [report] = uncaught;
  assert.ok(report !== undefined);
  assert.throws(report, /boom/);
});
