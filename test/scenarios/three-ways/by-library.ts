/** By the library, in this process, and by its HTTP client to a daemon in another: the very same calls. */
import type { TestContext } from 'node:test';
import { TaskError, type OutputRecord, type RunnerApi, type RunnerEvent, EVENT_TYPES } from '../../../src/index.ts';
import { connected, startDaemon } from '../../rig/daemon.ts';
import { openRunner, tempDir } from '../../rig/project.ts';
import { Refusal, toExitCode, type Hands, type Lines, type Shown, type Way } from './way.ts';

/** A runner in this process. */
export const byLibrary: Way = {
  title: 'the library',
  open: async (t) => {
    const runner = await openRunner(t);
    return handsOn(runner, runner.paths.dataDir);
  },
};

/** A runner in another process, over its socket. */
export const byHttp: Way = {
  title: 'the HTTP client',
  open: async (t: TestContext) => {
    const dataDir = tempDir(t);
    await startDaemon(t, { dataDir });
    return handsOn(await connected(t, dataDir), dataDir);
  },
};

function handsOn(runner: RunnerApi, dataDir: string): Hands {
  const events: RunnerEvent[] = [];
  for (const type of EVENT_TYPES) runner.on(type, (event) => events.push(event));
  return {
    dataDir,
    define: (name, definition) => shown(runner.register({ ...definition, name }, { persist: true })),
    list: async () => Promise.all(runner.listTasks().map((info) => shown(Promise.resolve(info)))),
    look: (name) => shown(Promise.resolve().then(() => runner.getTask(name))),
    start: (name) => shown(runner.start(name)),
    stop: (name) => shown(runner.stop(name)),
    restart: (name) => shown(runner.restart(name)),
    signal: (name, signal) => refusing(runner.signal(name, signal)),
    output: (name, kind, tailLines) => refusing(runner.readOutput(name, kind, { tailLines })),
    follow: (name) => linesOf(runner.follow(name, { from: 'start' })[Symbol.asyncIterator]()),
    search: async (name, pattern) => (await refusing(runner.search(name, pattern))).matches.map(({ text }) => text),
    run: async (name, args) => {
      const { exitCode, signal, runId } = await refusing(runner.run(name, { args }));
      return { exitCode: toExitCode(exitCode, signal), stdout: await runner.readOutput(name, 'stdout', { run: runId }) };
    },
    wait: (name, condition, timeoutMs) => shown(runner.waitFor(name, condition, { timeoutMs })),
    update: (name, patch) => shown(runner.update(name, patch)),
    remove: (name, options) => refusing(runner.remove(name, options)),
    why: (name) => refusing(runner.why(name)),
    events: (name) => Promise.resolve(events.filter((event) => 'task' in event && event.task === name)),
  };
}

async function refusing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (TaskError.is(error)) throw new Refusal(error.exitCode, error.message, error);
    throw error;
  }
}

const shown = async (call: Promise<unknown>): Promise<Shown> => JSON.parse(JSON.stringify(await refusing(call))) as Shown;

const linesOf = (records: AsyncIterator<OutputRecord>): Lines => ({
  take: async (count) => {
    const lines: string[] = [];
    while (lines.length < count) {
      const { done, value } = await records.next();
      if (done === true) throw new Error(`it ended after ${lines.join(', ')}`);
      lines.push('text' in value ? `${value.stream} ${value.text}` : `gap of ${value.gap.bytes}`);
    }
    return lines;
  },
  end: async () => void (await records.return?.()),
});
