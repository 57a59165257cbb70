/** The machines of a runner, looked at over its API. With a real runner, real tasks and real connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, createApi } from '../../src/http/index.ts';
import type { Line } from '../../src/trace/frame.ts';
import type { PageInfo } from '../../src/trace/page-info.ts';
import { readFrames } from '../inspector/frames-reader.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh } from '../rig/project.ts';
import { daemon } from '../rig/puppets.ts';
import { serve } from '../rig/wire.ts';

const ROOT = 'dirigent/services/task-runner';

const isInState =
  (part: string) =>
  (line: Line): boolean =>
    line.k === 'tx' && JSON.stringify(line.v ?? '').includes(part);

test('a task is followed through its life, with its actor narrowed to by name, and the stream ends with the runner', async (t) => {
  const { runner, host, token } = await serve(t, { web: daemon(), job: sh('exit 3') });
  const ask = (path: string): Promise<Response> =>
    fetch(`http://${host}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
  const reader = readFrames(t, await ask(`inspector?actor=${ROOT}/web`));
  const [hello] = await reader.until(({ k }) => k === 'hello');
  assert.ok(hello?.k === 'hello');
  assert.deepEqual([hello.source.name, hello.actors.map(({ sys, m }) => [sys, m])], [ROOT, [[`${ROOT}/web`, 'task']]]);
  assert.deepEqual(hello.machines.map(({ g }) => g.id).sort(), ['supervisor', 'task']);
  await runner.start('job');
  await runner.start('web');
  const started = await reader.until(isInState('running'));
  assert.ok(started.some((line) => line.k === 'tx' && line.e.type === 'task.start' && line.tr.length > 0));
  assert.ok(
    started.every(
      (line) => line.k !== 'tx' || line.s === hello.actors[0]?.s || line.from !== undefined || line.e.type.startsWith('xstate.'),
    ),
  );
  await runner.stop('web');
  await reader.until(isInState('stopped'));
  await runner.close();
  await reader.ended();
});

test('the values of an environment are never told, nor is anything sent where that is not allowed', async (t) => {
  const runner = await openRunner(t, { web: { ...daemon(), env: { DATABASE_URL: 'postgres://user:hidden@host' } } });
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    createApi(runner).fetch(new Request(`http://localhost/api/v1/${path}`, init));
  const recording = await (await ask('inspector/recording')).text();
  assert.match(recording, /DATABASE_URL/);
  assert.doesNotMatch(recording, /hidden/);
  const [hello] = recording.split('\n').map((line) => JSON.parse(line || '{}') as Line);
  assert.ok(hello?.k === 'hello' && hello.machines.every(({ l }) => l !== undefined));
  const body = JSON.stringify({ actor: hello.actors[0]?.s, event: { type: 'runner.kill' } });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  assert.equal((await ask('inspector/send', init)).status, 403);
  const info = (await (await ask('page')).json()) as PageInfo;
  assert.deepEqual([info.live, info.maySend], [true, false]);
});

test('an event is sent to a task where that is allowed', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const api = createApi(runner, { allowSend: true });
  const ask = (path: string, init?: RequestInit): Promise<Response> => api.fetch(new Request(`http://localhost/api/v1/${path}`, init));
  const reader = readFrames(t, await ask(`inspector?actor=${ROOT}/web`));
  const [hello] = await reader.until(({ k }) => k === 'hello');
  assert.ok(hello?.k === 'hello');
  const body = JSON.stringify({ actor: hello.actors[0]?.s, event: { type: 'task.start', runId: 'from-the-page' } });
  const sent = await ask('inspector/send', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(sent.status, 200);
  await runner.waitFor('web', 'running');
  assert.equal(((await (await ask('page')).json()) as PageInfo).maySend, true);
});

test('a recording holds what a task was told, and as a page runs none of it', async (t) => {
  const runner = await openRunner(t, {
    web: { ...sh('exit 0'), args: ['</script><script>alert(1)</script>', '\u202eevil', '\u001b[31mred'] },
  });
  const answer = await createApi(runner).fetch(new Request('http://localhost/api/v1/inspector/recording?format=html'));
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="recording-[^"/]+\.html"$/);
  const page = await answer.text();
  assert.doesNotMatch(page, /<script>alert/);
  assert.match(page, /\\u003c\/script>\\u003cscript>alert\(1\)/);
});

test('a runner behind a connection has its machines there, and says so', async (t) => {
  const { host, token } = await serve(t);
  const remote = await connect({ url: `http://${host}`, token });
  atEnd(t, () => remote.close());
  const api = createApi(remote);
  const answer = await api.fetch(new Request('http://localhost/api/v1/inspector'));
  const { detail } = (await answer.json()) as { detail: string };
  assert.deepEqual([answer.status, detail], [404, 'the machines of this runner are in another process; ask the server there']);
  const info = (await (await api.fetch(new Request('http://localhost/api/v1/page'))).json()) as PageInfo;
  assert.deepEqual([info.live, info.maySend], [false, false]);
});
