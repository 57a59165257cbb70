/** Output followed over a connection that breaks and a daemon that is replaced: every line once, from wherever it began. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { connect, listen, type RemoteRunner } from '../../src/http/index.ts';
import type { FollowFrom, FollowOptions, OutputRecord, TaskDefinition, TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { layCable, type Cable } from '../rig/daemon.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { iterate, numbers, take, textOf } from '../rig/follows.ts';
import { createFeed, createGate, openRunner, sh } from '../rig/project.ts';
import { daemon as endless, rejectsWith, runOnce } from '../rig/puppets.ts';

type Definition = Omit<TaskDefinition, 'name'>;

async function all(records: AsyncIterable<OutputRecord>): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of records) texts.push(textOf(record));
  return texts;
}

/** Whether a start can be that of one log alone. */
const isOfOne = (from: FollowFrom | undefined): boolean =>
  typeof from === 'object' && ('offset' in from || ('after' in from && typeof from.after === 'number'));

interface Served {
  readonly runner: TaskRunner;
  readonly remote: RemoteRunner;
  readonly cable: Cable;
}

/** A runner here that is reached over a cable. */
async function serve(t: TestContext, tasks: Readonly<Record<string, Definition>>): Promise<Served> {
  const runner = await openRunner(t, tasks);
  const listening = await listen(runner);
  atEnd(t, () => listening.close());
  const cable = await layCable(t, listening.socket);
  const remote = await connect({ url: cable.url });
  atEnd(t, () => remote.close());
  return { runner, remote, cable };
}

suite('following over a connection', () => {
  test('goes on over cut connections, and gives nothing of a silent log again', async (t) => {
    const feed = createFeed(t);
    const { runner, remote, cable } = await serve(t, { busy: sh(`exec cat <"${feed.path}"`), silent: sh('seq 1 500') });
    await runOnce(runner, 'silent');
    await runner.start('busy');
    const [one, both, ofAll] = [iterate(remote, 'busy'), iterate(remote, ['silent', 'busy']), iterate(remote, '*')];
    await remote.counters('busy'); // they are in place
    for (let round = 0; round < 5; round += 1) {
      feed.write(numbers(round * 10 + 1, round * 10 + 5));
      for (const records of [one, both, ofAll]) assert.deepEqual(await take(records, 5), numbers(round * 10 + 1, round * 10 + 5));
      cable.cut();
      feed.write(numbers(round * 10 + 6, round * 10 + 10));
      cable.mend();
      for (const records of [one, both, ofAll]) assert.deepEqual(await take(records, 5), numbers(round * 10 + 6, round * 10 + 10));
    }
  });

  test('begins wherever a follower in the process may begin, and gives the same records', async (t) => {
    const { runner, remote } = await serve(t, { job: sh('seq 1 9; seq 11 19 >&2'), other: sh('echo other') });
    await runOnce(runner, 'job');
    await runOnce(runner, 'other');
    const starts: (FollowFrom | undefined)[] = [
      undefined,
      'start',
      'end',
      { after: 4 },
      { after: { task: 'job', stream: 'stdout', offset: 4 } },
      { after: { task: 'job', stream: 'stdout', offset: 4, isUnread: true } },
      { after: [] },
      { offset: 4 },
      { tailLines: 2 },
      { tailLines: Infinity },
      { time: '1h' },
      { time: new Date(Date.now() - 60_000), tailLines: 3 },
      { time: Date.now() + 60_000 },
    ];
    const collect = async (records: AsyncIterable<OutputRecord>): Promise<OutputRecord[]> => {
      const seen: OutputRecord[] = [];
      for await (const record of records) seen.push(record);
      return seen;
    };
    const pairs = starts.flatMap((from) =>
      (['job', ['job'], ['job', 'other'], '*', []] as const)
        .filter((names) => names === 'job' || (names[0] === 'job' && names.length === 1) || !isOfOne(from))
        .map((names) => {
          const options: FollowOptions = { kind: 'stdout', ...(from === undefined ? {} : { from }) };
          return {
            title: JSON.stringify([names, from]),
            there: collect(runner.follow(names, options)),
            here: collect(remote.follow(names, options)),
          };
        }),
    );
    await remote.counters('job'); // all of them are in place
    await runner.close();
    const byTask = (one: OutputRecord, other: OutputRecord): number => one.task.localeCompare(other.task);
    for (const { title, here, there } of pairs) assert.deepEqual((await here).sort(byTask), (await there).sort(byTask), title);
  });

  test('that begins before a start sees the first line of it, every time', async (t) => {
    const { remote } = await serve(t, { job: sh('echo first') });
    for (let round = 0; round < 30; round += 1) {
      const records = iterate(remote, 'job');
      const started = remote.start('job');
      assert.deepEqual(await take(records, 1), ['first']);
      await records.return?.();
      await started;
      await remote.waitFor('job', 'finished');
    }
  });

  test('ends with the runner, after the last line of all', async (t) => {
    const gate = createGate(t);
    const { runner, remote } = await serve(t, { job: sh(`trap 'echo bye; exit' TERM; echo up; read go <"${gate.path}"`) });
    const lines = all(remote.follow('job'));
    const up = iterate(remote, 'job');
    await remote.start('job');
    assert.deepEqual(await take(up, 1), ['up']);
    gate.open();
    await remote.waitFor('job', 'finished');
    await runner.close();
    assert.deepEqual(await lines, ['up']);
  });

  test('is ended by its reader at once: before the first record, while one is waited for, and by a signal with its reason', async (t) => {
    const { runner, remote, cable } = await serve(t, { job: endless() });
    const unread = iterate(remote, 'job');
    assert.deepEqual(await unread.return?.(), { done: true, value: undefined });
    assert.deepEqual(await unread.next(), { done: true, value: undefined });
    const waiting = iterate(remote, 'job');
    const next = waiting.next();
    await remote.counters('job');
    assert.deepEqual(await waiting.return?.(), { done: true, value: undefined });
    assert.deepEqual(await next, { done: true, value: undefined });
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = iterate(remote, 'job', { signal: controller.signal }).next();
    await remote.counters('job');
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    await assert.rejects(iterate(remote, 'job', { signal: controller.signal }).next(), reason);
    assert.deepEqual(await take(iterate(remote, 'job'), 0), []);
    // None of them is left at the daemon: as many as it takes at once still find a place.
    for (let count = 0; count < 100; count += 1) {
      const records = iterate(remote, 'job', { from: 'start' });
      await remote.counters('job');
      await records.return?.();
    }
    assert.ok(cable.count > 100);
    await runner.start('job');
    assert.deepEqual(await take(iterate(remote, 'job', { from: 'start' }), 1), ['up']);
  });

  test('tells what cannot be followed, and that a daemon is gone before it said where it begins', async (t) => {
    const { remote, cable } = await serve(t, { job: endless() });
    await rejectsWith(iterate(remote, 'none').next() as Promise<unknown>, 'TASK_NOT_FOUND', /none/);
    await rejectsWith(iterate(remote, ['job', 'none']).next() as Promise<unknown>, 'TASK_NOT_FOUND', /none/);
    await rejectsWith(
      iterate(remote, 'job', { from: { offset: 7 } }).next() as Promise<unknown>,
      'ARGUMENT_INVALID',
      /present end of the log, got 7/,
    );
    cable.cut();
    await assert.rejects(iterate(remote, 'job').next(), isTaskErrorWith('DAEMON_UNREACHABLE', /start one/));
  });
});
