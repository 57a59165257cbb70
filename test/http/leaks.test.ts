/** What must never be told: values of environments, and the token. Marks are planted wherever such a value comes from, and looked for wherever something goes out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { createApi, type Api } from '../../src/http/index.ts';
import type { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { runHost } from '../rig/child.ts';
import { describe, operationsOf, pathOf } from '../rig/operations.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, startUntil } from '../rig/puppets.ts';
import { environments } from '../rig/processes.ts';
import { recordingLogger } from '../rig/recording-logger.ts';
import { ask, dial, bytesOf, received, serve } from '../rig/wire.ts';

/** Values that are nowhere else. */
class Canaries {
  readonly #byPlace = new Map<string, string>();

  /** A value for a place. */
  plant(place: string): string {
    const canary = `canary${randomBytes(8).toString('hex')}`;
    this.#byPlace.set(canary, place);
    return canary;
  }

  /** The places whose value is in `text`. */
  in(text: string): string[] {
    return [...this.#byPlace].filter(([canary]) => text.includes(canary)).map(([, place]) => place);
  }
}

/** Every file below `dir` as text, by its path. FIFOs and sockets hold nothing. */
function filesOf(dir: string): Map<string, string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((path) => [path.slice(dir.length + 1), readFileSync(path, 'latin1')]));
}

/** Command lines of all processes. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // it ended meanwhile
      }
    });

/** Asks, and keeps every word of every answer. */
class Listener {
  readonly heard: string[] = [];
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async ask(method: string, path: string, value?: unknown): Promise<number> {
    const init = value === undefined ? {} : { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
    const response = await this.#api(new Request(`http://localhost${path}`, { method, ...init }));
    this.heard.push(inspect([...response.headers]), await response.text());
    return response.status;
  }

  /** Reads a stream on and on, until the test ends. */
  async follow(t: TestContext, path: string): Promise<void> {
    const response = await this.#api(new Request(`http://localhost${path}`));
    assert.equal(response.status, 200);
    const reader = (response.body ?? assert.fail()).getReader();
    atEnd(t, () => reader.cancel());
    const read = async (): Promise<void> => {
      for (let next = await reader.read(); next.value !== undefined; next = await reader.read())
        this.heard.push(Buffer.from(next.value).toString());
    };
    void read();
  }
}

/** Tasks with values from everywhere: one that runs on, one that fails, one without a command, and one whose secret is gone. */
function plantTasks(t: TestContext, canaries: Canaries) {
  const dir = tempDir(t);
  const [envFile, secret] = [join(dir, 'task.env'), join(dir, 'secret')];
  writeFileSync(envFile, `FROM_FILE=${canaries.plant('.env file')}\n`);
  writeFileSync(secret, canaries.plant('secret file'), { mode: 0o600 });
  process.env['DIRIGENT_TEST_CANARY'] = canaries.plant("the host's environment");
  atEnd(t, () => delete process.env['DIRIGENT_TEST_CANARY']);
  const env = { PASSWORD: canaries.plant('code'), KEY: { file: secret } };
  return {
    web: { ...daemon(), env, envFile, ready: { exec: ['sh', '-c', 'test -n "$PASSWORD"'] } },
    failing: { ...sh('exit 3'), env, envFile },
    missing: { command: '/nowhere/command', env, envFile },
    lost: { command: 'true', env: { ...env, GONE: { file: join(dir, 'gone') } } },
  };
}

/** Defines tasks in ways that are refused, with `value` where that of a variable belongs; the errors of the library. */
async function defineWrongly(runner: TaskRunner, listener: Listener, value: string): Promise<unknown[]> {
  const errors: unknown[] = [];
  const wrong = [
    { A: `${value}\0` },
    { A: [value] },
    { A: { file: 5, value } },
    { [`A=${value}`]: 'x' },
    value,
    [value],
    { A: { value } },
    { A: { file: `${value}\0` } },
  ];
  for (const one of wrong) {
    const refused = { name: 'wrong', command: 'true', env: one };
    assert.equal(await listener.ask('POST', '/api/v1/tasks', refused), 400, inspect(one));
    await runner.register(refused as never).catch((error: unknown) => errors.push(error));
    await listener.ask('PATCH', '/api/v1/tasks/created', { env: one });
  }
  assert.equal(errors.length, wrong.length);
  return errors;
}

function assertFilesClean(dataDir: string, canaries: Canaries): void {
  const files = filesOf(dataDir);
  assert.deepEqual(canaries.in(files.get('tasks.json') ?? ''), ['POST'], 'where it is kept for the next time');
  for (const [path, text] of files) if (path !== 'tasks.json') assert.deepEqual(canaries.in(text), [], path);
}

/** Answers without an end. */
const STREAMS = /v1\/(?:events|output|inspector)$/;

suite('values of an environment', () => {
  test('case 68: none is in an answer, an event, a stream, an error, a log, a command line or a file of ours but tasks.json', async (t) => {
    const canaries = new Canaries();
    const logger = recordingLogger();
    const tasks = plantTasks(t, canaries);
    const runner = await openRunner(t, tasks, { logger });
    const api = createApi(runner, { allowDefine: true, logger });
    const listener = new Listener(api);
    await listener.follow(t, '/api/v1/events');
    await listener.follow(t, '/api/v1/output');
    await listener.follow(t, '/api/v1/inspector');
    await startUntil(runner, 'web');
    await runner.waitFor('web', 'ready');

    const definition = { name: 'created', command: 'sleep', args: ['1000'], env: { TOKEN: canaries.plant('POST') } };
    assert.equal(await listener.ask('POST', '/api/v1/tasks', definition), 201);
    assert.equal(await listener.ask('PATCH', '/api/v1/tasks/created', { env: { OTHER: canaries.plant('PATCH') } }), 200);
    assert.equal(await listener.ask('POST', '/api/v1/tasks/created/start?wait=running', {}), 200);
    assert.equal(await listener.ask('PATCH', '/api/v1/tasks/created', { env: { OTHER: null } }), 200);
    for (const name of ['failing', 'missing', 'lost']) await listener.ask('POST', `/api/v1/tasks/${name}/start?wait=succeeded`, {});
    assert.equal(await listener.ask('POST', '/api/v1/tasks/failing/run', {}), 200);

    const errors = await defineWrongly(runner, listener, canaries.plant('a definition that is refused'));
    const reading = operationsOf(await describe(api)).filter(({ method, path }) => method === 'GET' && !STREAMS.test(path));
    for (const name of Object.keys(tasks).concat('created', 'nobody')) {
      for (const operation of reading) await listener.ask('GET', `${pathOf(operation, name)}?for=failed&timeout=0&pattern=.`);
    }
    assert.ok(listener.heard.length > 200);
    assert.match(listener.heard.join(''), /PASSWORD.*TOKEN/s, 'names are told');
    assert.match(listener.heard.join(''), /"k":"tx".*"process\.spawned"/s, 'the machines are looked at');
    assert.deepEqual(canaries.in(listener.heard.join('\n')), [], 'answers and streams');
    assert.deepEqual(canaries.in(inspect(errors, { depth: Infinity, showHidden: true })), [], 'errors');
    assert.deepEqual(canaries.in(inspect(logger.entries, { depth: Infinity })), [], 'the log');
    assert.deepEqual(canaries.in(commandLines().join('\n')), [], 'command lines');
    assertFilesClean(runner.paths.dataDir, canaries);
    const holders = environments().filter((each) => canaries.in(each.join('\n')).includes('code'));
    assert.deepEqual(
      holders.map((each) => each.some((variable) => variable.startsWith('DIRIGENT_RUN='))),
      [true],
      'the task alone has it',
    );
  });

  test('case 68: a configuration file that is broken is told by places, without its lines', async (t) => {
    const canaries = new Canaries();
    const config = join(tempDir(t), 'dirigent.toml');
    const task = '[[tasks]]\nname = "web"\ncommand = "true"\n';
    writeFileSync(config, task);
    const runner = await openRunner(t, {}, { config });
    const listener = new Listener(createApi(runner));
    const broken = {
      'the line is none': `env = { PASSWORD = "${canaries.plant('a line with an error of syntax')}"`,
      'an error stands beside it': `env = { PASSWORD = "${canaries.plant('a line with another error')}" }, restart = 7`,
      'it is of the wrong kind': `env = ["${canaries.plant('a list')}"]`,
      'its name is none': `env = { "A=${canaries.plant('a name')}" = "1" }`,
      'another key is wrong': `log = { keep = -1 } # ${canaries.plant('a comment')}`,
    };
    for (const [what, line] of Object.entries(broken)) {
      writeFileSync(config, `${task}${line}\n`);
      assert.equal(await listener.ask('POST', '/api/v1/daemon/reload', {}), 400, what);
      assert.match(listener.heard.at(-1) ?? '', /CONFIG_INVALID.*dirigent\.toml:[45]:/s, what);
    }
    assert.deepEqual(canaries.in(listener.heard.join('\n')), []);
  });

  test('case 68: a host that crashes while it serves tells neither them nor the token', async (t) => {
    const canary = `canary${randomBytes(8).toString('hex')}`;
    const dataDir = tempDir(t);
    const { code, stderr, stdout } = await runHost(
      t,
      `const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dataDir)} });
       const listening = await listen(runner, { tcp: '127.0.0.1:0' });
       const { readFileSync } = await import('node:fs');
       const token = readFileSync(listening.tokenFile, 'utf8').trim();
       const remote = await connect({ url: listening.url, token });
       await runner.register({ name: 'web', command: 'true', env: { A: '${canary}' } });
       const failed = await remote.register({ name: 'new', command: 'true', env: { A: '${canary}' } }).catch((error) => error);
       console.log(await runner.register({ name: 'x y', command: 'true', env: { A: '${canary}' } }).catch((error) => error));
       console.log(runner, remote, listening);
       process.stdout.write('token ' + token + '\\n', () => { throw failed; });`,
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /FORBIDDEN/);
    const [, token = ''] = /^token (.+)$/m.exec(stdout) ?? [];
    assert.ok(token.length >= 43);
    const said = stderr + stdout.replace(`token ${token}`, '');
    assert.ok(!said.includes(canary), said);
    assert.ok(!said.includes(token), said);
  });
});

suite('the token', () => {
  test('case 69: it is in no environment, command line, answer or log, and in no file but its own', async (t) => {
    const logger = recordingLogger();
    const served = await serve(t, { web: daemon() }, { logger });
    const { runner, token, port, right, host, listening } = served;
    await startUntil(runner, 'web');
    const heard: string[] = [];
    const streamed = ['/api/v1/events', '/api/v1/inspector'].map((target) => {
      const stream = dial(t, port);
      stream.write(bytesOf({ target, headers: right }));
      return received(stream);
    });
    for (const operation of operationsOf(await describe(createApi(runner)))) {
      if (STREAMS.test(operation.path)) continue;
      const type = operation.method === 'POST' || operation.method === 'PATCH' ? [['content-type', 'application/json'] as const] : [];
      for (const headers of [right, [['host', host] as const, ['authorization', `Bearer ${token}x`] as const]]) {
        const { body, headers: told } = await ask(t, port, {
          method: operation.method,
          target: pathOf(operation),
          headers: [...headers, ...type],
        });
        heard.push(body, inspect(told));
      }
    }
    await runner.register({ name: 'env', ...sh('env; cat /proc/self/cmdline; ls -l /proc/self/fd') });
    heard.push((await runner.run('env')).tail);
    await listening.close();
    heard.push(...(await Promise.all(streamed)));
    assert.ok(heard.join('').includes('DIRIGENT_RUN='), 'the task told of its environment');
    assert.ok(!heard.join('\n').includes(token), 'answers, streams and tasks');
    assert.ok(!inspect(logger.entries, { depth: Infinity }).includes(token), 'the log');
    assert.ok(!commandLines().join('\n').includes(token), 'command lines');
    assert.ok(!environments().flat().join('\n').includes(token), 'environments');
    const holders = [...filesOf(runner.paths.dataDir)].filter(([, text]) => text.includes(token)).map(([path]) => path);
    assert.deepEqual(holders, ['run/token']);
  });
});
