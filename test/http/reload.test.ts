/** `reload` over the wire: the plan comes back whole, and so does what is wrong with a file. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, listen } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, tempDir } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';

const task = (name: string, more = ''): string => `[[tasks]]\nname = "${name}"\ncommand = "sleep"\nargs = ["1000"]\n${more}\n`;

test('a changed file is taken over through a connection, whose mirror shows it then', async (t) => {
  const config = join(tempDir(t), 'dirigent.toml');
  const write = (text: string): void => writeFileSync(config, text, { mode: 0o600 });
  write(task('a') + task('b'));
  const runner = await openRunner(t, {}, { config });
  const listening = await listen(runner);
  atEnd(t, () => listening.close());
  const remote = await connect({ dataDir: runner.paths.dataDir });
  atEnd(t, () => remote.close());
  await remote.start('a');
  write(task('a', 'nice = 1') + task('c'));
  const plan = { added: ['c'], changed: ['a'], removed: ['b'], restarted: ['a'], unchanged: 0, notes: [] };
  assert.deepEqual(await remote.reload({ dryRun: true }), { ...plan, dryRun: true });
  assert.deepEqual(await remote.reload(), { ...plan, dryRun: false });
  assert.deepEqual(remote.listTasks(), runner.listTasks());
  assert.deepEqual(
    remote
      .listTasks()
      .map(({ definition }) => definition.name)
      .sort(),
    ['a', 'c'],
  );
  write(task('a', 'nice = 99'));
  await rejectsWith(remote.reload(), 'CONFIG_INVALID', /nice/);
});
