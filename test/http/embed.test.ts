/** The example services as they are given to readers: each in a process of its own, asked over HTTP, and ended. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { shimGone } from '../rig/processes.ts';
import { tempDir } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';

const EXAMPLES = ['embed-node-http', 'embed-fastify', 'embed-hono'] as const;

interface Service {
  readonly url: string;
  /** Asks it to end; resolves with its exit code and all it wrote after it listened. */
  end(): Promise<{ readonly code: number | null; readonly said: readonly string[] }>;
}

async function startService(t: TestContext, example: string): Promise<Service> {
  const dataDir = tempDir(t);
  const file = fileURLToPath(new URL(`../../examples/${example}.js`, import.meta.url));
  const env = { ...process.env, PORT: '0', DATA_DIR: dataDir };
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const end = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return (await ended)[0];
  };
  atEnd(t, () => end().then(() => shimGone(dataDir)));
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, listening] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
      if (listening === undefined) said.push(line);
      else resolve(listening);
    });
    ended.then(([code]) => reject(new Error(`${example} ended with ${code} before it listened`)), reject);
  });
  return { url, end: async () => ({ code: await end(), said }) };
}

/** The status of a request that names another host than it goes to. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
}

suite('an example service', () => {
  for (const example of EXAMPLES) {
    test(`${example} serves its own pages and its tasks, says when it is ready, and leaves nothing behind`, async (t) => {
      const { url, end } = await startService(t, example);
      assert.equal(await (await fetch(url)).text(), 'Hello from a service with tasks.\n');
      const remote = await connect({ url: `${url}/background` });
      atEnd(t, () => remote.close());
      const { status } = await remote.waitFor('ticker', 'ready');
      assert.equal((await fetch(`${url}/ready`)).status, 200);
      assert.equal((await fetch(`${url}/background/readyz`)).status, 200);
      assert.deepEqual((await remote.run('report')).exitCode, 0);
      assert.equal(await remote.readOutput('report', 'stdout'), 'a report\n');
      assert.equal((await remote.update('report', { title: 'A report' })).definition.title, 'A report');
      await rejectsWith(remote.update('report', { command: 'false' }), 'FORBIDDEN');
      const { status: wrongType } = await fetch(`${url}/background/api/v1/tasks/report/start`, { method: 'POST', body: 'x' });
      assert.equal(wrongType, 415);
      assert.equal(await statusFor(`${url}/background/api/v1/tasks`, 'evil.example'), 421);
      const lines = remote.follow('ticker', { from: 'start' });
      const events = remote.events();
      await remote.counters('ticker'); // both are in place
      assert.deepEqual(await end(), { code: 0, said: [] });
      const texts: string[] = [];
      for await (const record of lines) if ('text' in record) texts.push(record.text);
      assert.equal(texts[0], 'up');
      const types: string[] = [];
      for await (const { type } of events) types.push(type);
      assert.equal(types[0], 'runner.closing');
      assert.equal(remote.getTask('ticker').status.state, 'stopped');
      assert.ok(status.state === 'running' && status.pid !== null);
      assert.throws(() => process.kill(status.pid ?? 0, 0), { code: 'ESRCH' });
    });
  }
});
