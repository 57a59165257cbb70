/** By the command line: each call a process of its own, its answer read from `--json`, against a daemon that `dirigent serve` is. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import type { TaskPatch } from '../../../src/index.ts';
import { Project, type Result, type Running } from '../../cli/rig.ts';
import { atEnd } from '../../rig/cleanup.ts';
import { Refusal, type Hands, type Lines, type Shown, type Way } from './way.ts';

/** A daemon in a project of its own, told by commands. */
export const byCommandLine: Way = {
  title: 'the command line',
  open: async (t) => {
    const project = new Project(t, '');
    const served = project.start(['serve']);
    atEnd(t, async () => {
      served.child.kill('SIGTERM');
      await served.ended;
    });
    await served.until('stderr', /serves/);
    return handsOn(project);
  },
};

function handsOn(project: Project): Hands {
  const ask = async (...args: readonly string[]): Promise<Result> => refusing(await project.run(args));
  const json = async <T>(verb: string, ...args: readonly string[]): Promise<T> =>
    JSON.parse((await ask(verb, '--json', ...args)).stdout) as T;
  const one = async (verb: string, ...args: readonly string[]): Promise<Shown> => {
    const { tasks } = await json<{ tasks: [Shown] }>(verb, ...args);
    assert.equal(tasks.length, 1);
    return tasks[0];
  };
  return {
    dataDir: `${project.dir}/data`,
    define: (name, { command, args = [], ...keys }) => json('create', name, ...toFlags(keys), '--', command, ...args),
    list: async () => (await json<{ tasks: Shown[] }>('ps')).tasks,
    look: (name) => json('inspect', name),
    start: (name) => one('start', name),
    stop: (name) => one('stop', name),
    restart: (name) => one('restart', name),
    signal: async (name, signal) => void (await ask('kill', '-s', signal, name)),
    output: async (name, kind, lines) => (await ask('logs', name, '--kind', kind, '-n', String(lines))).stdout,
    follow: (name) => linesOf(project.start(['logs', name, '-f', '-n', 'all', '--json'])),
    search: async (name, pattern) => (await ask('logs', name, '--kind', 'stdout', '--grep', pattern)).stdout.trimEnd().split('\n'),
    run: async (name, args) => {
      const { code, stdout, stderr } = await project.run(['run', name, '--', ...args]);
      if (stderr.startsWith('dirigent:')) throw new Refusal(code ?? -1, stderr); // what is told of a task begins with its name
      return { exitCode: code ?? -1, stdout };
    },
    wait: (name, condition, timeoutMs) =>
      one('wait', name, '--for', condition, ...(timeoutMs === undefined ? [] : ['--timeout', `${timeoutMs}ms`])),
    update: (name, patch) => json('update', name, ...toFlags(patch)),
    remove: async (name, { purge } = { purge: false }) => void (await ask('remove', name, ...(purge ? ['--purge'] : []))),
    why: (name) => json('why', name),
    events: async (name) =>
      (await ask('events', name, '--json')).stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

function refusing(result: Result): Result {
  if (result.code !== 0) throw new Refusal(result.code ?? -1, result.stderr);
  return result;
}

/** Keys of a definition as the file spells them, and their values as it writes them. */
const toFlags = (keys: TaskPatch): string[] =>
  Object.entries(keys).flatMap(([key, value]) => [
    '--set',
    `${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}=${toToml(value)}`,
  ]);

function toToml(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key} = ${toToml(each)}`)
    .join(', ')} }`;
}

function linesOf({ child }: Running): Lines {
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    take: async (count) => {
      const taken: string[] = [];
      while (taken.length < count) {
        const { done, value } = await lines.next();
        if (done === true) throw new Error(`it ended after ${taken.join(', ')}`);
        const { stream, text } = JSON.parse(value) as { readonly stream: string; readonly text: string };
        taken.push(`${stream} ${text}`);
      }
      return taken;
    },
    end: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}
