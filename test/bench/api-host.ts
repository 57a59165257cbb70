/** A process of the benchmark `api`: a runner that is served, with a thousand tasks, some of which write. */
import { open } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { listen } from '../../src/http/index.ts';
import { TaskRunner } from '../../src/index.ts';
import { serve } from './host.ts';

const TASKS = 1_000;

/** The tasks that are started, here and over HTTP. */
export const STARTED: readonly string[] = Array.from({ length: 100 }, (_, i) => `task-${i}`);

/** What writes: as much as it can until it is stopped, as much as it can and then no more, and as a busy service does. */
export type Writer = 'flood' | 'burst' | 'busy';

/** Opens the runner, and does what is asked. */
export async function main([dataDir = '', maxStreams = '', gate = '', writers = '{}']: readonly string[]): Promise<void> {
  const runner: TaskRunner = await TaskRunner.open({ dataDir });
  const commands = Object.entries(JSON.parse(writers) as Record<Writer, string[]>);
  for (const [name, [command = '', ...args]] of commands)
    await runner.register({ name, command, args, log: { maxSize: '100MB', keep: 1 } });
  for (let i = 0; i < TASKS - commands.length; i += 1) await runner.register({ name: `task-${i}`, command: 'sleep', args: ['100000'] });
  const listening = await listen(runner, { maxStreams: Number(maxStreams) });
  serve(
    {
      burst: () => runner.start('burst'),
      busy: () => runner.start('busy'),
      flood: async () => {
        await runner.start('flood');
        await (await open(gate, 'w')).close();
      },
      floodedBytes: async () => (await runner.counters('flood')).stdout.written,
      start: () => timeEach(STARTED, (name) => runner.start(name)),
      rest: () => Promise.all(STARTED.map((name) => runner.stop(name))).then(() => undefined),
      stop: () => Promise.all(runner.listTasks().map(({ definition }) => runner.stop(definition.name))).then(() => undefined),
    },
    async () => {
      await listening.close();
      await runner.close();
    },
  );
}

/** Milliseconds that each one takes, one after the other. */
export async function timeEach(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = [];
  for (const name of names) {
    const beganAt = performance.now();
    await work(name);
    tookMs.push(performance.now() - beganAt);
  }
  return tookMs;
}

if (process.argv[1]?.endsWith('api-host.js') === true) await main(process.argv.slice(2));
