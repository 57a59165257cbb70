/** The tail that `run` gives holds what that run wrote, and nothing of an earlier one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskDefinition } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';

const KINDS: readonly { readonly what: string; readonly options: Partial<TaskDefinition> }[] = [
  { what: 'fresh logs at each start', options: {} },
  { what: 'logs that are appended to', options: { rotatePrevious: false } },
  { what: 'logs that are rotated in the middle of the run', options: { log: { maxSize: '1KiB', keep: 20 } } },
  { what: 'output kept in memory', options: { persistToDisk: false } },
  { what: 'output kept in memory and appended to', options: { persistToDisk: false, rotatePrevious: false } },
  { what: 'no combined log', options: { log: { combined: false } } },
];

for (const { what, options } of KINDS) {
  test(`the tail of a run is that run's alone, with ${what}`, async (t) => {
    const runner = await openRunner(t, { count: { ...sh('for i in $(seq 30); do echo "$1 line $i of thirty"; done'), ...options } });
    const prefix = options.log?.combined === false ? '' : '[stdout] ';
    for (const word of ['first', 'second']) {
      const { tail } = await runner.run('count', { args: ['sh', word] });
      assert.equal(tail, Array.from({ length: 30 }, (_, i) => `${prefix}${word} line ${i + 1} of thirty\n`).join(''));
    }
  });
}

test('the tail of a run that wrote nothing is empty, whatever the run before it wrote', async (t) => {
  const runner = await openRunner(t, { quiet: { ...sh('[ -z "$1" ] || echo "$1"'), rotatePrevious: false } });
  assert.equal((await runner.run('quiet', { args: ['sh', 'something'] })).tail, '[stdout] something\n');
  assert.equal((await runner.run('quiet')).tail, '');
});
