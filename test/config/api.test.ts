/** `[api]`: what it may hold, how files merge, and how its mistakes are told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { folder, loadText, problemOf, problemsOf, write } from './project.ts';

for (const listen of ['127.0.0.1:7411', '[::1]:7411', 'localhost:1', 'build-host.example.org:65535', '0.0.0.0:80']) {
  test(`${listen} is an address to listen on`, async () => {
    assert.deepEqual((await loadText(`[api]\nlisten = "${listen}"`)).api, { listen, allowDefine: false, allowedHosts: [] });
  });
}

const HOST_TOO = 'give host and port; 127.0.0.1 is reached from this machine alone';
const IN_RANGE = 'a host, or an IPv6 address in brackets, and a port from 1 to 65535';
const refused: readonly (readonly [value: string, hint: string])[] = [
  ['7411', HOST_TOO],
  ['"7411"', HOST_TOO],
  ['":7411"', HOST_TOO],
  ['""', HOST_TOO],
  ['"127.0.0.1"', HOST_TOO],
  ['"127.0.0.1:"', HOST_TOO],
  ['"127.0.0.1:0"', IN_RANGE],
  ['"127.0.0.1:65536"', IN_RANGE],
  ['"127.0.0.1:0080"', IN_RANGE],
  ['"[::1]"', HOST_TOO],
  ['"::1:7411"', IN_RANGE],
  ['"http://127.0.0.1:7411"', IN_RANGE],
  ['"a b:7411"', IN_RANGE],
  ['true', HOST_TOO],
];

for (const [value, hint] of refused) {
  test(`listen = ${value} is refused at its place`, async () => {
    const problem = await problemOf(`[api]\nlisten = ${value}\n`);
    assert.deepEqual([problem.path, problem.line, problem.column, problem.hint], ['api.listen', 2, 10, hint]);
    assert.match(problem.message, /^expected an address such as "127\.0\.0\.1:7411" or "\[::1\]:7411", got /);
  });
}

test('of two files the later one wins key by key, and says nothing by saying nothing', async () => {
  const base = write('base.toml', '[api]\nlisten = "127.0.0.1:1"\nallow_define = true\nallowed_hosts = ["a.example"]\n');
  const over = write('over.toml', '[api]\nlisten = "127.0.0.1:2"\n');
  const load = async (files: readonly string[]) => (await loadConfig({ files, env: {}, cwd: folder })).api;
  assert.deepEqual(await load([base, over]), { listen: '127.0.0.1:2', allowDefine: true, allowedHosts: ['a.example'] });
  assert.deepEqual(await load([over, base]), { listen: '127.0.0.1:1', allowDefine: true, allowedHosts: ['a.example'] });
});

test('hosts are names or addresses, with a port or without', async () => {
  const allowedHosts = ['tasks.example', 'tasks.example:8443', '10.0.0.7', '[fd00::1]:443'];
  assert.deepEqual((await loadText(`[api]\nallowed_hosts = ${JSON.stringify(allowedHosts)}`)).api.allowedHosts, allowedHosts);
  for (const wrong of ['https://tasks.example', 'tasks.example/', '*', '*.example', '', 'a b', 'tasks.example:0']) {
    const { path, message } = await problemOf(`[api]\nallowed_hosts = ["a.example", ${JSON.stringify(wrong)}]`);
    assert.equal(path, 'api.allowed_hosts[1]');
    assert.match(message, /^expected a host such as "tasks\.example" or "tasks\.example:8443", got /);
  }
});

test('an address may come from the environment', async () => {
  assert.equal((await loadText('[api]\nlisten = "127.0.0.1:${PORT}"', { PORT: '9' })).api.listen, '127.0.0.1:9');
});

test('every mistake is told at once, with what was meant', async () => {
  const problems = await problemsOf('[api]\nallow_define = "true"\nlisten = 1\nallowDefine = true\n');
  assert.deepEqual(
    problems.map(({ path, line, hint }) => [path, line, hint]),
    [
      ['api.allow_define', 2, 'write true without quotes'],
      ['api.listen', 3, HOST_TOO],
      ['api.allowDefine', 4, 'write it allow_define'],
    ],
  );
});

test('something else than a table says how it is written', async () => {
  const { path, message, hint } = await problemOf('api = 5');
  assert.deepEqual([path, message, hint], ['api', 'expected a table, got 5 (number)', 'write it as a table that begins with [api]']);
});
