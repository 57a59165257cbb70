/** Undoes what a test set up, the last thing first: a runner is closed before its data directory goes. Node runs `t.after` the other way round. */
import type { TestContext } from 'node:test';

type Undo = () => unknown;

const undone = new WeakMap<TestContext, Undo[]>();

/** Calls `undo` after the test, before whatever was given here earlier. */
export function afterwards(t: TestContext, undo: Undo): void {
  const present = undone.get(t);
  if (present !== undefined) {
    present.push(undo);
    return;
  }
  const stack = [undo];
  undone.set(t, stack);
  t.after(async () => {
    for (const each of stack.toReversed()) await each();
  });
}
