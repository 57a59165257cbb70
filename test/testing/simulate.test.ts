/** What a simulation tells, and what the documented restart policy is in it. Nothing is timed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TaskError } from '../../src/index.ts';
import { busyConfig, busyScript } from './busy-day.ts';
import { simulate, type Move, type SimulatedConfig, type Simulation } from '../../src/testing/index.ts';

const DAY_MS = 86_400_000;
const show = ({ at, task, to }: Move): string => `${at} ${task} ${to.state}.${to.phase}`;
const startsOf = ({ timeline }: Simulation, task: string): number[] =>
  timeline.filter((move) => move.task === task && move.to.phase === 'starting').map(({ at }) => at);

/** The share by which a delay differs from the documented one. */
const jitterOf = (delayMs: number, documentedMs: number): number => Math.abs(delayMs / documentedMs - 1);

describe('a simulation', () => {
  it('tells each move in order, and how each task fared', () => {
    const config: SimulatedConfig = { tasks: { db: { command: 'x', restart: 'always' }, web: { command: 'y', dependsOn: ['db'] } } };
    const { timeline, tasks: outcomes, forMs } = simulate(config, { for: '10m', kill: { db: '7m' } });
    assert.equal(forMs, 600_000);
    assert.deepEqual(timeline.slice(0, 5).map(show), [
      '0 db running.starting',
      '0 db running.ready',
      '0 web stopped.waiting',
      '0 web running.starting',
      '0 web running.ready',
    ]);
    const backAt = timeline.at(-1)?.at ?? 0;
    assert.deepEqual(timeline.slice(5).map(show), [
      '420000 db running.draining',
      '420000 db failed.backingOff',
      `${backAt} db running.starting`,
      `${backAt} db running.ready`,
    ]);
    assert.ok(jitterOf(backAt - 420_000, 500) <= 0.2);
    assert.equal(timeline[6]?.nextStartAt, backAt);
    assert.deepEqual(outcomes['db'], {
      restarts: 1,
      downtimeMs: backAt - 420_000,
      availability: 1 - (backAt - 420_000) / 600_000,
      finalStatus: { state: 'running', phase: 'ready', pid: 1_003 },
    });
    assert.deepEqual([outcomes['web']?.downtimeMs, outcomes['web']?.availability], [0, 1]);
  });

  it('is plain data, and the same each time', () => {
    const play = (): Simulation =>
      simulate({ tasks: { a: { command: 'x', restart: 'always' } } }, { for: '1h', processes: { a: { exitsAfter: '3s', exitCode: 1 } } });
    const once = play();
    assert.deepEqual(JSON.parse(JSON.stringify(once)), once);
    assert.deepEqual(play(), once);
  });

  it('plays a day of crashes of twenty tasks with dependencies and groups, twice the same', (t) => {
    const before = process.cpuUsage();
    const once = simulate(busyConfig(), busyScript());
    const { user, system } = process.cpuUsage(before);
    const restarts = Object.values(once.tasks).map((task) => task.restarts);
    t.diagnostic(`${restarts.reduce((sum, count) => sum + count, 0)} restarts took ${(user + system) / 1e6} s of CPU`);
    assert.ok(
      restarts.every((count) => count >= 12),
      `each is killed and restarted: ${restarts.join(', ')}`,
    );
    assert.deepEqual(
      Object.values(once.tasks)
        .map(({ finalStatus }) => finalStatus.phase)
        .filter((phase) => phase === 'waiting'),
      [],
    );
    assert.equal(JSON.stringify(simulate(busyConfig(), busyScript())), JSON.stringify(once));
  });

  it('starts those that run at startup, or all if none does, or those it is told to', () => {
    const begun = (marked: boolean, start?: readonly string[]): string[] => {
      const config = { tasks: { a: { command: 'x', runAtStartup: marked }, b: { command: 'x' } } };
      const { timeline } = simulate(config, { for: '1s', ...(start === undefined ? {} : { start }) });
      return timeline.filter(({ to }) => to.phase === 'ready').map(({ task }) => task);
    };
    assert.deepEqual([begun(true), begun(false), begun(true, ['b'])], [['a'], ['a', 'b'], ['b']]);
  });

  it('obeys commands and scripts of single runs, and counts no downtime for what someone stopped', () => {
    const { timeline, tasks } = simulate(
      { tasks: { web: { command: 'x' } } },
      {
        for: '1h',
        processes: { web: [{ startsAfter: '2s', endsAfter: '3s' }, { cannotStart: 'no such file' }] },
        commands: [
          { at: '10m', do: 'stop', task: 'web' },
          { at: '20m', do: 'start', task: 'web' },
        ],
      },
    );
    assert.deepEqual(timeline.map(show), [
      '0 web running.starting',
      '2000 web running.ready',
      '600000 web running.stopping',
      '603000 web running.draining',
      '603000 web stopped.idle',
      '1200000 web running.starting',
      '1200000 web failed.settled',
    ]);
    assert.equal(tasks['web']?.downtimeMs, 2_000 + (3_600_000 - 1_200_000));
  });

  it('runs schedules by its own calendar, and ends the jobs they start', () => {
    const { timeline } = simulate(
      { tasks: { backup: { command: 'x', schedule: '0 3 * * *', timezone: 'UTC' } } },
      { for: '2d', start: [], startsAt: '2026-11-22T00:00:00Z' },
    );
    const starts = timeline.filter(({ to }) => to.phase === 'starting').map(({ at }) => at);
    assert.deepEqual(starts, [3 * 3_600_000, 27 * 3_600_000]);
    assert.deepEqual(timeline.at(-1)?.to, { state: 'finished', phase: 'settled', exitCode: 0 });
  });

  it('refuses what it does not understand', () => {
    const tasks = { a: { command: 'x' } };
    const codeOf = (act: () => unknown): string | undefined => {
      try {
        act();
        return undefined;
      } catch (error) {
        return TaskError.is(error) ? error.code : String(error);
      }
    };
    assert.equal(
      codeOf(() => simulate({ tasks }, { kill: { b: '1s' } })),
      'TASK_NOT_FOUND',
    );
    for (const script of [
      { for: 'soon' },
      { kill: { a: 0 } },
      { processes: { a: [] } },
      { startsAt: 'x' },
      { processes: { a: { exitCode: 256 } } },
    ])
      assert.equal(
        codeOf(() => simulate({ tasks }, script)),
        'ARGUMENT_INVALID',
        JSON.stringify(script),
      );
  });

  it('ends with an error where nothing ever takes time', () => {
    const config = { tasks: { a: { command: 'x', restart: 'always', restartDelay: 0, maxRestarts: 'unlimited' } } } as const;
    assert.throws(
      () => simulate(config, { processes: { a: { exitsAfter: 0, exitCode: 1 } } }),
      (error) => TaskError.is(error) && /without any time passing/.test(error.message),
    );
  });
});

describe('the restart policy, in a simulation', () => {
  for (const [label, exitsAfter] of [
    ['at once', 0],
    ['after 1.3 s', '1.3s'],
  ] as const) {
    it(`gives a task up that exits ${label}, within its limits, its starts following the documented delays`, () => {
      const policy = {
        restart: 'always',
        restartDelay: '100ms',
        restartMaxDelay: '1s',
        restartReset: '10s',
        maxRestarts: 20,
        restartWindow: '10m',
      } as const;
      const simulation = simulate({ tasks: { a: { command: 'x', ...policy } } }, { processes: { a: { exitsAfter, exitCode: 3 } } });
      const starts = startsOf(simulation, 'a');
      assert.equal(starts.length, 21, 'the first start and 20 more');
      const upMs = exitsAfter === 0 ? 0 : 1_300;
      starts.slice(1).forEach((at, index) => {
        const delayMs = at - (starts[index] ?? 0) - upMs;
        assert.ok(jitterOf(delayMs, Math.min(100 * 2 ** index, 1_000)) <= 0.205, `delay ${index} was ${delayMs} ms`);
      });
      const { finalStatus, restarts } = simulation.tasks['a'] ?? {};
      assert.equal(restarts, 20);
      assert.ok(finalStatus?.state === 'failed' && finalStatus.phase === 'settled' && finalStatus.error.reason === 'gaveUp');
      assert.equal(finalStatus.error.exitCode, 3);
    });
  }

  it('still tries a task after a day at full backoff, with the defaults', () => {
    const simulation = simulate(
      { tasks: { a: { command: 'x', restart: 'on-failure' } } },
      { processes: { a: { exitsAfter: 0, exitCode: 1 } } },
    );
    const starts = startsOf(simulation, 'a');
    assert.ok((starts.at(-1) ?? 0) > DAY_MS - 73_000, `the last start was at ${starts.at(-1)}`);
    assert.equal(simulation.tasks['a']?.finalStatus.phase, 'backingOff');
    const late = starts.slice(20);
    late.slice(1).forEach((at, index) => assert.ok(jitterOf(at - (late[index] ?? 0), 60_000) <= 0.2));
  });
});
