/** What a watcher of files tells: real files, in a folder of the test's own. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createActor, createMachine } from 'xstate';
import { createWatchLogic } from '../../src/actors/watch.actor.ts';
import { Deferred } from '../../src/util/deferred.ts';
import { atEnd } from '../rig/cleanup.ts';
import { tempDir } from '../rig/project.ts';

/** A watcher that watches everything there is; `changed` resolves at the next notice. */
async function watching(t: TestContext, ...globs: readonly string[]) {
  const listening = new Deferred();
  let next = new Deferred();
  let count = 0;
  const logic = createWatchLogic(assert.fail, () => listening.resolve());
  const machine = createMachine({
    invoke: { src: logic, input: { globs } },
    on: {
      'files.changed': {
        actions: () => {
          count += 1;
          next.resolve();
          next = new Deferred();
        },
      },
    },
  });
  const actor = createActor(machine).start();
  atEnd(t, () => actor.stop());
  await listening.promise;
  return { changed: () => next.promise, count: () => count };
}

test('a file that is written, made, removed or renamed over is told', async (t) => {
  const dir = tempDir(t);
  const [one, other] = [join(dir, 'a.js'), join(dir, 'b.js')];
  writeFileSync(one, '1');
  const watcher = await watching(t, join(dir, '*.js'));
  for (const change of [() => writeFileSync(one, '2'), () => writeFileSync(other, '1'), () => renameSync(other, one), () => rmSync(one)]) {
    const told = watcher.changed();
    change();
    await told;
  }
});

test('changes that come together are told once', async (t) => {
  const dir = tempDir(t);
  const watcher = await watching(t, dir);
  const told = watcher.changed();
  for (let i = 0; i < 50; i += 1) writeFileSync(join(dir, `${i}.txt`), 'x');
  await told;
  assert.equal(watcher.count(), 1);
});

test('a file that no glob names is not told, also in a folder that is made later', async (t) => {
  const dir = tempDir(t);
  const watcher = await watching(t, join(dir, '**/*.ts'));
  writeFileSync(join(dir, 'notes.txt'), 'x');
  mkdirSync(join(dir, 'src', 'deep'), { recursive: true });
  writeFileSync(join(dir, 'src', 'deep', 'notes.txt'), 'x');
  const told = watcher.changed();
  writeFileSync(join(dir, 'src', 'deep', 'main.ts'), 'x');
  await told;
  assert.equal(watcher.count(), 1);
});
