/** Undoing what a test set up, the last thing first. Nothing is left behind because an earlier step failed. */
import type { TestContext } from 'node:test';

type Undo = () => unknown;

const undosOf = new WeakMap<TestContext, Undo[]>();

/**
 * Calls `undo` after the test, before everything that was registered earlier. `t.after` alone runs in the order of
 * registration, which would remove a folder under a runner that is still open.
 * @throws the first error of all the steps, after the last of them
 */
export function atEnd(t: TestContext, undo: Undo): void {
  const present = undosOf.get(t);
  if (present !== undefined) return void present.push(undo);
  const undos = [undo];
  undosOf.set(t, undos);
  t.after(async () => {
    const errors: unknown[] = [];
    for (const step of undos.reverse())
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  });
}
