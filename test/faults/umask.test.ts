/** File modes whatever the umask (case 52), and the umask that tasks see. */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from '../rig/host.ts';
import { tempDir, sh } from '../rig/project.ts';

function expectedMode(path: string): string {
  const stats = lstatSync(path);
  if (stats.isDirectory()) return '700';
  // A command that changed its user opens its output again by the FIFO; the folder keeps everyone else away.
  return stats.isFIFO() ? '622' : '600';
}

for (const umask of ['000', '077', '022']) {
  test(`case 52: under umask ${umask} files and the socket are 0600, folders 0700, and tasks see umask ${umask}`, async (t) => {
    const dataDir = join(tempDir(t), 'data');
    const tasks = { task: { ...sh('umask; echo again >&2'), log: { maxSize: '1KiB', combined: true } } };
    const host = await Host.open(t, { dataDir, tasks }, { under: `umask ${umask}; exec "$@"` });
    for (let run = 0; run < 2; run += 1) await host.ask('run', 'task');
    assert.match(String(await host.ask('readOutput', 'task', 'stdout')), new RegExp(`^0?${umask}$`, 'm'));

    const paths = [dataDir, ...readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).map((name) => join(dataDir, name))];
    assert.ok(
      ['run/shim.sock', 'run/lock', 'tasks/task/run.json', 'tasks/task/combined.log.1'].every((name) =>
        paths.includes(join(dataDir, name)),
      ),
    );
    const modes = paths.map((path) => [path, (lstatSync(path).mode & 0o777).toString(8)]);
    assert.deepEqual(
      modes,
      paths.map((path) => [path, expectedMode(path)]),
    );
  });
}
