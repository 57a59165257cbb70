/**
 * Requests made from the API's own description, fitting and not, to a real runner with real tasks: each is answered, as described, and never
 * with a fault; and nothing piles up. `FUZZ_SEED` and `FUZZ_REQUESTS` choose others.
 */
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'node:test';
import fc from 'fast-check';
import { createApi, listen } from '../../src/http/index.ts';
import { TaskError, type TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { describe, operationsOf, type Document } from '../rig/operations.ts';
import { descriptorsOf, shimOf } from '../rig/processes.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';
import { Judge, Sender } from './fuzz/answers.ts';
import { requestsOf, type FuzzRequest } from './fuzz/requests.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 2_000);
/** Sent before anything is counted: pools are filled, and what is loaded late is loaded. */
const WARM_UP = 400;
const AT_ONCE = 8;
/** After so many the tasks that were removed are there again. */
const ROUND = 50;

const TASKS = {
  web: daemon(),
  job: sh('seq 100; echo line >&2'),
  reader: { command: 'cat', stdin: 'pipe' },
  failing: { ...sh('exit 3'), restart: 'on-failure', restartDelay: '1ms', maxRestarts: 3 },
  missing: { command: '/nowhere/command' },
} as const;

/** Defines the tasks of the test that are not there. */
async function define(runner: TaskRunner, cwd: string): Promise<void> {
  const names = new Set(runner.listTasks().map(({ definition }) => definition.name));
  for (const [name, task] of Object.entries(TASKS)) if (!names.has(name)) await runner.register({ name, cwd, ...task });
}

/** Removes every task, one that others wait for after them. Instances go with what they are defined by. */
async function removeAll(runner: TaskRunner): Promise<void> {
  const names = (): Set<string> => new Set(runner.listTasks().map(({ definition }) => definition.name.replace(/-\d+$/, '')));
  for (let left = names(); left.size > 0; left = names()) {
    for (const name of left)
      await runner.remove(name, { purge: true }).catch((error: unknown) => {
        if (!TaskError.is(error) || error.code !== 'TASK_IN_USE') throw error;
      });
  }
}

/** Files and sockets that this process has open. Anonymous pipes and polls are those of its threads, of which there are now more and now fewer. */
const openedHere = (): string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).replace(/^socket:.*/, 'a socket');
      } catch {
        return ''; // that of this very look
      }
    })
    .filter((target) => target !== '' && !/^(?:pipe|anon_inode):/.test(target))
    .sort();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** Of each operation one, and so on. */
function requestsFor(document: Document, dir: string): FuzzRequest[] {
  const operations = operationsOf(document);
  const each = Math.ceil((WARM_UP + REQUESTS) / operations.length);
  const samples = operations.map((operation, index) =>
    fc.sample(requestsOf(operation, document, dir), { seed: SEED + index, numRuns: each }),
  );
  return Array.from({ length: each }, (_, round) => samples.flatMap((own) => own[round] ?? [])).flat();
}

test(`${REQUESTS} requests over all routes, made from their description with seed ${SEED}, are answered as described, and nothing is left of them`, async (t) => {
  const dir = tempDir(t);
  const logger = recordingLogger();
  const runner = await openRunner(t);
  const info = { pid: process.pid, version: '0', dataDir: dir, config: [], startedAt: new Date() };
  const options = { daemon: { info: () => info, shutdown: () => undefined }, logger };
  const document = await describe(createApi(runner, options));
  const requests = requestsFor(document, dir);
  const listening = await listen(runner, options);
  atEnd(t, () => listening.close());
  const judge = new Judge(document);
  const faults = () => logger.entries.filter(({ level }) => level === 'error');
  const statuses = new Map<number, number>();
  const run = async (some: readonly FuzzRequest[]): Promise<void> => {
    const sender = new Sender(listening.socket);
    for (let from = 0; from < some.length; from += ROUND) {
      await define(runner, dir);
      const left = some.slice(from, from + ROUND);
      const next = async (): Promise<void> => {
        for (let request = left.shift(); request !== undefined; request = left.shift()) {
          const answer = await sender.ask(request);
          assert.deepEqual(faults(), [], `${request.method} ${request.target} ${request.body ?? ''}`);
          judge.judge(request, answer);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
    }
    sender.close();
    await removeAll(runner);
  };
  const opened = (): object => ({ here: openedHere(), shim: descriptorsOf(shimOf(runner.paths.dataDir)) });

  await run(requests.splice(0, WARM_UP));
  const [before, heap] = [opened(), heapBytes()];
  statuses.clear();
  await run(requests.splice(0, REQUESTS));
  const grown = heapBytes() - heap;
  t.diagnostic(
    `statuses ${JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b)))}; heap grew by ${Math.round(grown / 1024)} KiB`,
  );
  assert.deepEqual(opened(), before);
  assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes of heap stay`);
  for (const status of [200, 201, 202, 400, 403, 404, 405, 409, 415])
    assert.ok((statuses.get(status) ?? 0) > 0, `${status} was among the answers`);
});
