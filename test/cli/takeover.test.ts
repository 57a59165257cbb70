/** A daemon that is replaced in place, and one that is killed: ten tasks log all the while, none of them notices, and every line is there once. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listen } from '../../src/http/index.ts';
import { TaskRunner, type TaskInfo } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { GatedTask } from '../rig/gated-task.ts';
import { connectTo, dataDirOf, startDaemon } from './daemon-rig.ts';
import { Project, shellTask, type Running } from './rig.ts';

const NUMBERED = [process.execPath, fileURLToPath(new URL('../fixtures/numbered.js', import.meta.url))];
const TASKS = 10;
const RATE = 1_000;

/** Ten tasks that log numbered lines, and what their daemon has of them. */
class Writers {
  readonly project: Project;
  readonly #writers: readonly GatedTask[];
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    this.project = new Project(t);
    const names = Array.from({ length: TASKS }, (_, index) => `writer-${index}`);
    this.#writers = names.map((name) => new GatedTask(this.project.dir, name, { program: NUMBERED, rate: RATE, burstLines: 0 }));
    atEnd(t, () => this.#writers.forEach((writer) => writer.close())); // which ends them
    const tables = this.#writers.map(({ name, command: [command, ...args] }) =>
      [
        `[[tasks]]`,
        `name = "${name}"`,
        `command = ${JSON.stringify(command)}`,
        `args = ${JSON.stringify(args)}`,
        'run_at_startup = true',
      ].join('\n'),
    );
    this.project.write('dirigent.toml', ['[runner]\ndata_dir = "data"', ...tables].join('\n'));
  }

  /** The runs of all of them, once each has written something. */
  async runs(): Promise<unknown[]> {
    const daemon = await connectTo(this.#t, this.project);
    return Promise.all(
      this.#writers.map(async ({ name }) => {
        for await (const record of daemon.follow(name, { kind: 'stdout' })) if ('text' in record) break;
        return runOf(daemon.getTask(name));
      }),
    );
  }

  /** Ends each with an exit code of its own: none of their lines is missing, and none is there twice. */
  async assertWhole(): Promise<void> {
    const daemon = await connectTo(this.#t, this.project);
    for (const [index, writer] of this.#writers.entries()) {
      writer.finish(10 + index);
      const { status, outputComplete } = await daemon.waitFor(writer.name, 'finished');
      assert.deepEqual([status, outputComplete], [{ state: 'finished', phase: 'settled', exitCode: 10 + index }, true]);
      const taskDir = join(dataDirOf(this.project), 'tasks', writer.name);
      assert.deepEqual(writer.verify(taskDir), { lines: writer.written(), missing: 0, repeated: 0, torn: 0 });
    }
  }
}

const runOf = ({ definition: { name }, status, runId, startedAt, restarts }: TaskInfo): unknown => ({
  name,
  status,
  runId,
  startedAt,
  restarts,
});

const endOf = async (daemon: Running): Promise<number | null> => (await daemon.ended).code;

suite('ten tasks that log', () => {
  test('do not notice that their daemon is replaced in place, and no line is lost or there twice', async (t) => {
    const writers = new Writers(t);
    const first = await startDaemon(t, writers.project);
    const before = await writers.runs();
    const second = await startDaemon(t, writers.project, ['--takeover']);
    assert.equal(await endOf(first), 0);
    assert.deepEqual(await writers.runs(), before);
    const third = await startDaemon(t, writers.project, ['--takeover']);
    assert.equal(await endOf(second), 0);
    assert.deepEqual(await writers.runs(), before);
    assert.equal((await (await connectTo(t, writers.project)).info()).pid, third.child.pid);
    await writers.assertWhole();
  });

  test('do not notice that their daemon is killed and started again, and no line is lost or there twice', async (t) => {
    const writers = new Writers(t);
    const first = await startDaemon(t, writers.project);
    const before = await writers.runs();
    first.child.kill('SIGKILL');
    await first.ended;
    await startDaemon(t, writers.project);
    assert.deepEqual(await writers.runs(), before);
    await writers.assertWhole();
  });
});

suite('a takeover', () => {
  test('is a plain start where no daemon runs', async (t) => {
    const project = new Project(t, shellTask('web', 'exec sleep 1000', 'run_at_startup = true'));
    await startDaemon(t, project, ['--takeover']);
    await (await connectTo(t, project)).waitFor('web', 'running');
  });

  test('ends no daemon before its own configuration is known to be right', async (t) => {
    const project = new Project(t, shellTask('web', 'exec sleep 1000', 'run_at_startup = true'));
    const first = await startDaemon(t, project);
    project.write('dirigent.toml', '[runner]\ndata_dir = "data"\n[[tasks]]\nname = "web"\ncomand = "sleep"\n');
    assert.equal((await project.run(['serve', '--takeover'])).code, 78);
    assert.equal((await (await connectTo(t, project)).info()).pid, first.child.pid);
  });

  test('of a service that has a runner of its own is refused, whether that is served or not', async (t) => {
    const project = new Project(t, '');
    const runner = await TaskRunner.open({ dataDir: dataDirOf(project) });
    atEnd(t, () => runner.close());
    const unserved = await project.run(['serve', '--takeover']);
    assert.equal(unserved.code, 75);
    assert.match(unserved.stderr, new RegExp(`process ${process.pid}\\)`));
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const served = await project.run(['serve', '--takeover']);
    assert.equal(served.code, 75);
    assert.match(served.stderr, /a process with a runner of its own: end that process/);
  });
});
