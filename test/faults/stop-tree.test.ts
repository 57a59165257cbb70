/** A stop that leaves nobody behind (cases 10, 11, 12, 18): whatever a task's processes do to get away, and whoever asks for their end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { TaskDefinition, TaskInfo, TaskRunner } from '../../src/index.ts';
import { Host } from '../rig/host.ts';
import { createMark, createWitness, openRunner, sh, tempDir, type Witness } from '../rig/project.ts';
import { shimGone, shimOf } from '../rig/processes.ts';
import { startUntil } from '../rig/puppets.ts';
import { SERVICES, SERVICE_NAMES } from '../rig/escapes.ts';

type Definition = Omit<TaskDefinition, 'name'>;

/** A classic daemon: session of its own, double fork, none of the task's pipes; ignores what is asked of it. */
const daemonize = (ready: string): string =>
  `setsid sh -c '( ( trap "" TERM INT HUP; ${ready}; exec sleep 1000 <&- >/dev/null 2>&1 ) & )' >/dev/null 2>&1`;

interface Running {
  readonly runner: TaskRunner;
  readonly witness: Witness;
}

/** A runner with one task that runs `line(ready)`, each process of which holds the witness, once `ready` was run. */
async function started(t: TestContext, line: (ready: string) => string, options: Partial<Definition> = {}): Promise<Running> {
  const [witness, mark] = [createWitness(t), createMark(t)];
  const definition = { ...sh(`exec 9>"${witness.path}"; ${line(`: >"${mark.path}"`)}`), stopTimeout: '100ms', ...options };
  const runner = await openRunner(t, { task: definition });
  await runner.start('task');
  await mark.made;
  return { runner, witness };
}

describe('a stop leaves nobody behind of', () => {
  for (const name of SERVICE_NAMES) {
    const { title, line } = SERVICES[name];
    test(`service ${name}: ${title}`, async (t) => {
      const { runner, witness } = await started(t, line);
      const { status } = await runner.stop('task');
      assert.deepEqual(status, { state: 'stopped', phase: 'idle' });
      await witness.gone;
    });
  }

  test('case 11: a task that ignores SIGTERM and forks until it is killed', async (t) => {
    const { runner, witness } = await started(t, (ready) => `trap "" TERM INT HUP; ${ready}; while :; do sleep 1000 & sleep 0.01; done`);
    await runner.stop('task');
    await witness.gone;
  });

  test('case 12: a task that moves each of its children to a session of its own until it is killed', async (t) => {
    const { runner, witness } = await started(
      t,
      (ready) => `trap "" TERM INT HUP; ${ready}; while :; do setsid sh -c 'trap "" TERM; exec sleep 1000' & sleep 0.01; done`,
    );
    await runner.stop('task');
    await witness.gone;
  });

  test('case 12: a task whose child cleared its environment and has a session of its own', async (t) => {
    const line = (ready: string): string => `env -i PATH="$PATH" setsid sh -c 'trap "" TERM; ${ready}; exec sleep 1000' & exec sleep 1000`;
    const { runner, witness } = await started(t, line);
    await runner.stop('task');
    await witness.gone;
  });

  test('case 18: a task whose process is stopped: it hears the stop signal, and ends by it', async (t) => {
    const { runner, witness } = await started(t, (ready) => `${ready}; trap "exit 0" TERM; kill -STOP $$; while :; do sleep 0.01; done`, {
      stopTimeout: '1h',
    });
    await stopped(runner);
    const { status } = await runner.stop('task');
    assert.deepEqual(status, { state: 'stopped', phase: 'idle' });
    await witness.gone;
  });

  test('case 18: a task whose stopped child is in a session of its own', async (t) => {
    const line = (ready: string): string => `setsid sh -c '${ready}; kill -STOP $$; sleep 1000' & exec sleep 1000`;
    const { runner, witness } = await started(t, line, { stopTimeout: '1h' });
    await runner.stop('task');
    await witness.gone;
  });
});

/** Resolves when the main process of the task is stopped: the kernel tells nobody but its parent, so it is looked at after each answer of the shim. */
async function stopped(runner: TaskRunner): Promise<void> {
  const { status } = runner.getTask('task');
  assert.ok(status.state === 'running' && status.pid !== null);
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${status.pid}/status`, 'utf8'))) await runner.counters('task');
}

describe('case 12: a daemon is found', () => {
  test('after the task ended by itself, and is killed', async (t) => {
    const { runner, witness } = await started(t, (ready) => `${daemonize(ready)}; exit 3`);
    const { status } = await runner.waitFor('task', 'finished');
    assert.deepEqual(status, { state: 'finished', phase: 'settled', exitCode: 3 });
    await witness.gone;
    assert.equal(runner.getTask('task').outputComplete, true);
  });

  test('after the task ended by itself, and lives with leftovers = "leave"; a later run’s stop does not touch it', async (t) => {
    const dir = tempDir(t);
    const [witness, mark] = [createWitness(t), createMark(t)];
    const daemon = daemonize(`echo $$ >"${dir}/pid"; : >"${mark.path}"`);
    const line = `if [ -e "${dir}/pid" ]; then echo up; exec sleep 1000; fi; exec 9>"${witness.path}"; ${daemon}; exit 0`;
    const runner = await openRunner(t, { task: { ...sh(line), leftovers: 'leave' } });
    await runner.run('task');
    await mark.made;
    await startUntil(runner, 'task');
    await runner.stop('task');
    await runner.close();
    // `$$` is the number of the shell that forked twice: it leads the session that the daemon is in.
    const leader = Number(readFileSync(`${dir}/pid`, 'utf8'));
    assert.ok(process.kill(-leader, 'SIGKILL'));
    await witness.gone;
  });

  test('when the runner dies', async (t) => {
    const [dataDir, witness, mark] = [tempDir(t), createWitness(t), createMark(t)];
    const line = `exec 9>"${witness.path}"; ${daemonize(`: >"${mark.path}"`)}; exec sleep 1000`;
    const host = await Host.open(t, { dataDir, tasks: { task: { ...sh(line), orphanTimeout: '100ms' } } });
    await host.ask('start', 'task');
    await mark.made;
    await host.kill();
    await witness.gone;
    await shimGone(dataDir);
  });

  test('by the shim that takes the task over from one that died', async (t) => {
    const { runner, witness } = await started(t, (ready) => `${daemonize(ready)}; exec sleep 1000`);
    process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
    await Promise.all([runner.stop('task'), witness.gone]);
  });

  test('when the shim dies between the end of the task and the kill of what it left, by the next one', async (t) => {
    // The child holds the pipe, so the run drains until then.
    const line = (ready: string): string => `${daemonize(ready)}; sleep 1000 & exit 0`;
    const [witness, mark] = [createWitness(t), createMark(t)];
    const definition = { ...sh(`exec 9>"${witness.path}"; ${line(`: >"${mark.path}"`)}`), drainTimeout: '1h' };
    const runner = await openRunner(t, { task: definition });
    const draining = new Promise<void>((resolve) => runner.on('task.changed', ({ to }) => to.phase === 'draining' && resolve()));
    await runner.start('task');
    await Promise.all([mark.made, draining]);
    process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
    await Promise.all([runner.stop('task'), witness.gone]);
  });
});

test('case 10: a task that closes its stdout and stderr runs on, and its exit code is known', async (t) => {
  const [closed, go] = [createMark(t), join(tempDir(t), 'go')];
  execFileSync('mkfifo', [go]);
  const runner = await openRunner(t, { task: sh(`echo said; exec >&- 2>&-; : >"${closed.path}"; read line <"${go}"; exit 5`) });
  await runner.start('task');
  await closed.made;
  await runner.counters('task'); // a round trip through the worker that saw the end of the output
  assert.equal(runner.getTask('task').status.state, 'running');
  writeFileSync(go, 'go\n');
  const { status } = await runner.waitFor('task', 'finished');
  assert.deepEqual(status, { state: 'finished', phase: 'settled', exitCode: 5 });
  assert.equal(await runner.readOutput('task', 'stdout'), 'said\n');
});

/** Root that may not signal other users' processes, as in many containers. */
const WITHOUT_KILL = 'exec setpriv --bounding-set=-kill --inh-caps=-kill "$@"';
/** A process of another user, which says so to descriptor 8 and closes it. */
const OTHERS = `setpriv --reuid=65534 --clear-groups sh -c 'echo up >&8; exec 8>&-; exec sleep 1000'`;

test(
  'who cannot be killed is reported by pid and command line, and nobody waits for it for ever',
  { skip: process.geteuid?.() !== 0 && 'needs root, to make a process that is not ours to signal' },
  async (t) => {
    const [dataDir, witness, main, up] = [tempDir(t), createWitness(t), createMark(t), join(tempDir(t), 'up')];
    execFileSync('mkfifo', [up]);
    const tasks = {
      main: { ...sh(`exec 9>"${witness.path}" 8>"${main.path}"; exec ${OTHERS}`), stopTimeout: 1 },
      leftover: { ...sh(`exec 9>"${witness.path}" 8<>"${up}"; ${OTHERS} & read line <&8; exit 4`), drainTimeout: 1 },
    };
    const host = await Host.open(t, { dataDir, tasks }, { under: WITHOUT_KILL });
    const { status } = (await host.ask('start', 'main')) as TaskInfo;
    const pid = status.state === 'running' ? status.pid : null;
    await host.ask('start', 'leftover');
    await main.made;
    const ends = (await Promise.all([host.ask('stop', 'main'), host.ask('waitFor', 'leftover', 'finished')])) as [TaskInfo, TaskInfo];
    const message = `Its process ${pid} survives SIGKILL: it is stuck in the kernel, or another user's.`;
    assert.deepEqual(
      ends.map((info) => info.status),
      [
        { state: 'failed', phase: 'settled', error: { reason: 'lost', message } },
        { state: 'finished', phase: 'settled', exitCode: 4 },
      ],
    );
    const news = host.survivors.toSorted((a, b) => b.task.localeCompare(a.task));
    assert.deepEqual(
      news.map(({ task, processes }) => [task, processes.map(({ command }) => command)]),
      [
        ['main', ['sleep 1000']],
        ['leftover', ['sleep 1000']],
      ],
    );
    const pids = news.flatMap(({ processes }) => processes.map((survivor) => survivor.pid));
    assert.equal(pids[0], pid);
    await host.close(); // it waits for neither
    for (const survivor of pids) process.kill(survivor, 'SIGKILL');
    await witness.gone;
  },
);
