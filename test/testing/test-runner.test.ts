/** The runner for users' own tests answers as a real one does. No process runs, and no time passes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TaskError, type RunnerEvent, type TaskRunner } from '../../src/index.ts';
import { createTestRunner, type RunnerVerbs } from '../../src/testing/index.ts';

const PROBE = { tcp: '127.0.0.1:1' };
const hasCode = (code: string) => (error: unknown) => TaskError.is(error) && error.code === code;

// Code that takes the verbs takes either runner.
const takesVerbs = (_runner: RunnerVerbs): void => undefined;
const takesReal = (runner: TaskRunner): void => takesVerbs(runner);

describe('a runner for tests', () => {
  it('takes the place of a real one', () => {
    takesVerbs(createTestRunner());
    assert.equal(typeof takesReal, 'function');
  });

  it('starts, restarts after a crash, and stops, in virtual time', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x', restart: 'on-failure' } }, startsAt: '2026-11-22T10:00:00Z' });
    const info = await runner.start('web');
    assert.deepEqual(info.status, { state: 'running', phase: 'ready', pid: runner.process('web').pid });
    await runner.advance('90s');
    runner.process('web').kill('SIGSEGV');
    const crashed = runner.getTask('web');
    assert.deepEqual([crashed.status.state, crashed.status.phase], ['failed', 'backingOff']);
    assert.equal(crashed.stoppedAt?.toISOString(), '2026-11-22T10:01:30.000Z');
    assert.deepEqual([crashed.lastRun?.signal, crashed.lastRun?.durationMs], ['SIGSEGV', 90_000]);
    await runner.advance((crashed.nextStartAt?.getTime() ?? 0) - runner.now().getTime());
    assert.deepEqual([runner.getTask('web').status.phase, runner.getTask('web').restarts], ['ready', 1]);
    assert.deepEqual((await runner.stop('web')).status, { state: 'stopped', phase: 'idle' });
    await runner.close();
  });

  it('has one process for each task that runs, which uses nothing', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x' }, db: { command: 'x' } } });
    await runner.start('db');
    const usage = { task: 'db', pid: runner.process('db').pid, processes: 1, cpuSeconds: 0, memoryBytes: 0 };
    assert.deepEqual([await runner.usage(), await runner.usage(['web'])], [[usage], []]);
    await assert.rejects(runner.usage(['nobody' as 'web']), hasCode('TASK_NOT_FOUND'));
    await runner.close();
    await assert.rejects(runner.usage(), hasCode('RUNNER_CLOSED'));
  });

  it('leaves a promise pending until time brings what it is for', async () => {
    const runner = createTestRunner({
      tasks: { web: { command: 'x', ready: PROBE, stopTimeout: '10s' } },
      processes: { web: { startsAfter: '2s', readyAfter: 'never', ignores: ['SIGTERM'] } },
    });
    const seen: string[] = [];
    const note = (text: string) => (): number => seen.push(`${text} ${runner.now().getTime() - beganAt}`);
    const beganAt = runner.now().getTime();
    const started = runner.start('web').then(note('started'));
    const ready = runner.waitFor('web', 'ready').then(note('ready'));
    const late = runner.waitFor('web', 'ready', { timeoutMs: 2_500 }).catch(note('timed out'));
    await runner.advance('3s');
    runner.process('web').ready();
    await runner.advance('1s');
    const stopped = runner.stop('web').then(note('stopped'));
    await runner.advance('1h');
    await Promise.all([started, ready, late, stopped]);
    // The probe asks every second: what changed just after it asked, it sees a second later.
    assert.deepEqual(seen, ['started 2000', 'timed out 2500', 'ready 4000', 'stopped 14000']);
  });

  it('lets code that awaits go on before time does', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x' } }, processes: { web: { exitsAfter: '10s', exitCode: 1 } } });
    const starts: number[] = [];
    const beganAt = runner.now().getTime();
    /** A keeper such as a user would write. */
    const keep = async (): Promise<void> => {
      for (let run = 0; run < 3; run += 1) {
        await runner.start('web');
        starts.push(runner.now().getTime() - beganAt);
        await runner.waitFor('web', 'finished');
      }
    };
    const keeping = keep();
    await runner.advance('1m');
    await keeping;
    assert.deepEqual(starts, [0, 10_000, 20_000]);
  });

  it('probes what the test says: ready, not ready any more, and hanging', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x', ready: PROBE, alive: { ...PROBE, interval: '5s', failures: 2 } } } });
    await runner.start('web');
    await runner.waitFor('web', 'ready');
    runner.process('web').ready(false);
    await runner.advance('5s');
    assert.equal(runner.getTask('web').status.phase, 'unready');
    runner.process('web').ready();
    await runner.advance('2s');
    assert.equal(runner.getTask('web').status.phase, 'ready');
    runner.process('web').hang();
    await runner.advance('11s');
    const { status } = runner.getTask('web');
    assert.ok(status.state === 'failed' && status.error.reason === 'probe', JSON.stringify(status));
  });

  it('rejects as a real one does', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x' } }, processes: { web: { cannotStart: 'no such file' } } });
    await assert.rejects(runner.start('web'), hasCode('TASK_START_FAILED'));
    await assert.rejects(runner.start('wbe' as 'web'), hasCode('TASK_NOT_FOUND'));
    await assert.rejects(runner.signal('web', 'SIGHUP'), hasCode('TASK_NOT_RUNNING'));
    await assert.rejects(runner.waitFor('web', 'ready'), hasCode('CONDITION_IMPOSSIBLE'));
    assert.throws(() => runner.process('web').exit(1), hasCode('TASK_NOT_RUNNING'));
    await runner.close();
    await assert.rejects(runner.start('web'), hasCode('RUNNER_CLOSED'));
  });

  it('cancels a start that a stop overtakes', async () => {
    const runner = createTestRunner({
      tasks: { web: { command: 'x', dependsOn: ['db'] }, db: { command: 'y' } },
      processes: { db: { startsAfter: '1s' } },
    });
    const started = assert.rejects(runner.start('web'), hasCode('START_CANCELLED'));
    await runner.stop('web');
    await started;
  });

  it('tells what happens, to listeners and to readers', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x', runAtStartup: true } } });
    const heard: string[] = [];
    const off = runner.on('task.changed', ({ from, to }) => heard.push(`${from.phase} ${to.phase}`));
    const read: RunnerEvent['type'][] = [];
    const events = runner.events();
    const reading = (async () => {
      for await (const event of events) read.push(event.type);
    })();
    runner.process('web').exit(0);
    off();
    await runner.register({ name: 'late', command: 'y' });
    await runner.remove('late' as 'web');
    await runner.close();
    await reading;
    assert.deepEqual(heard, ['ready draining', 'draining settled']);
    assert.deepEqual(read, ['task.changed', 'task.changed', 'task.registered', 'task.removed', 'runner.closing']);
  });

  it('changes definitions, scripts and watched files', async () => {
    const runner = createTestRunner({ tasks: { web: { command: 'x', watch: ['/src/**'] } } });
    await runner.start('web');
    await runner.register({ name: 'web', command: 'z', watch: ['/src/**'] });
    assert.equal(runner.getTask('web').pendingChange, true);
    runner.process('web').next([{ startsAfter: '5s' }, { cannotStart: 'gone' }]);
    runner.changeFiles('web');
    assert.equal(runner.getTask('web').status.phase, 'starting');
    await runner.advance('5s');
    assert.deepEqual([runner.getTask('web').status.phase, runner.getTask('web').definition.command], ['ready', 'z']);
    await assert.rejects(runner.restart('web'), hasCode('TASK_START_FAILED'));
  });

  it('closes in order, within the shutdown timeout', async () => {
    const runner = createTestRunner({
      tasks: { db: { command: 'x', stopTimeout: '20s' }, web: { command: 'y', dependsOn: ['db'] } },
      processes: { db: { ignores: ['SIGTERM'] }, web: { endsAfter: '3s' } },
    });
    await runner.start('web');
    const beganAt = runner.now().getTime();
    const ends: string[] = [];
    runner.on('task.changed', ({ task, to }) => to.phase === 'idle' && ends.push(`${task} ${runner.now().getTime() - beganAt}`));
    await runner.close();
    assert.deepEqual(ends, ['web 3000', 'db 23000']);
  });

  it('judges definitions by each other, as a real one does', async () => {
    const runner = createTestRunner({ tasks: { db: { command: 'x' }, web: { command: 'y', dependsOn: ['db'] } } });
    await assert.rejects(runner.register({ name: 'late', command: 'z', dependsOn: ['dv'] }), hasCode('TASK_INVALID'));
    await assert.rejects(runner.remove('db'), hasCode('TASK_IN_USE'));
    assert.equal((await runner.register({ name: 'worker', command: 'z', instances: 2 })).definition.name, 'worker-1');
    assert.deepEqual(
      runner.listTasks().map(({ definition }) => definition.name),
      ['db', 'web', 'worker-1', 'worker-2'],
    );
    await runner.remove('worker' as 'web');
    assert.equal(runner.listTasks().length, 2);
    assert.throws(() => createTestRunner({ tasks: { a: { command: 'x', group: 'g' } } }), hasCode('TASK_INVALID'));
  });
});
