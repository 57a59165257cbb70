/** Output followed while the daemon is replaced: every line once, also where none had come yet. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connected, startDaemon } from '../rig/daemon.ts';
import { iterate, numbers, take } from '../rig/follows.ts';
import { createFeed, sh, tempDir } from '../rig/project.ts';
import { daemon as endless } from '../rig/puppets.ts';

/** Both ways to lose a daemon and get another one. */
const REPLACED = { 'killed and started again': 'kill', 'replaced in an orderly way': 'keep' } as const;

suite('following a daemon that is replaced', () => {
  for (const [title, how] of Object.entries(REPLACED)) {
    test(`gives every line once when the daemon is ${title}, rotations included`, async (t) => {
      const dataDir = tempDir(t);
      const feed = createFeed(t);
      const tasks = { job: { ...sh(`exec cat <"${feed.path}"`), log: { maxSize: '4KiB', keep: 100 } } } as const;
      let present = await startDaemon(t, { dataDir, tasks });
      const remote = await connected(t, dataDir);
      const records = iterate(remote, 'job');
      const { status } = await remote.start('job');
      for (let round = 0; round < 2; round += 1) {
        const first = round * 3000 + 1;
        feed.write(numbers(first, first + 999));
        assert.deepEqual(await take(records, 1000), numbers(first, first + 999));
        feed.write(numbers(first + 1000, first + 1999)); // on its way when the daemon goes
        await (how === 'kill' ? present.kill() : present.close('keep'));
        feed.write(numbers(first + 2000, first + 2999)); // while there is none
        present = await startDaemon(t, { dataDir, tasks });
        assert.deepEqual(await take(records, 2000), numbers(first + 1000, first + 2999));
      }
      assert.deepEqual((await remote.waitFor('job', 'running')).status, status, 'the same process all the time');
      await present.close();
      assert.deepEqual(await take(records, 1), ['the end']);
    });
  }

  for (const [title, options] of Object.entries({
    'of one log': {},
    'of both streams': { log: { combined: false } },
    'that is kept in memory': { persistToDisk: false },
  } as const)) {
    test(`misses nothing ${title} where the daemon goes before the first line came`, async (t) => {
      const dataDir = tempDir(t);
      const feed = createFeed(t);
      const tasks = { job: { ...sh(`echo up; exec cat <"${feed.path}"`), ...options }, never: endless() };
      const present = await startDaemon(t, { dataDir, tasks });
      const remote = await connected(t, dataDir);
      const before = iterate(remote, 'job');
      await remote.start('job');
      assert.deepEqual(await take(before, 1), ['up']);
      const followers = [iterate(remote, 'job'), iterate(remote, ['never', 'job']), iterate(remote, '*', { from: { tailLines: 0 } })];
      const taken = followers.map((records) => take(records, 3));
      // What is asked for after a follower waits until that is in place; its first word is on the same connection, before what it tells.
      await remote.counters('job');
      const begun = iterate(remote, 'job', { from: { tailLines: 1 } });
      assert.deepEqual(await take(begun, 1), ['up']);
      await present.kill();
      feed.write(numbers(1, 3));
      await startDaemon(t, { dataDir, tasks });
      for (const texts of await Promise.all(taken)) assert.deepEqual(texts, numbers(1, 3));
      assert.deepEqual(await take(begun, 3), numbers(1, 3));
      await remote.stop('job');
    });
  }
});
