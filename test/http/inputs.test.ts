/** What a caller with a right may still get wrong or try: patterns made to be slow, ranges that are none, lines for a shell, and definitions over TCP. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { taskJsonSchema } from '../../src/index.ts';
import { sh, tempDir } from '../rig/project.ts';
import { runOnce } from '../rig/puppets.ts';
import { ask, codeOf, serve, type Served, type WireAnswer } from '../rig/wire.ts';

const LOCAL = ['host', 'localhost'] as const;

const get = (t: TestContext, { listening }: Served, target: string): Promise<WireAnswer> =>
  ask(t, listening.socket, { target, headers: [LOCAL] });

/** Sends JSON: over the socket, or with the token over TCP. */
function send(t: TestContext, served: Served, over: 'socket' | 'tcp', method: string, target: string, value: unknown): Promise<WireAnswer> {
  const body = JSON.stringify(value);
  const headers = [
    ...(over === 'tcp' ? served.right : [LOCAL]),
    ['content-type', 'application/json'] as const,
    ['content-length', String(Buffer.byteLength(body))] as const,
  ];
  return ask(t, over === 'tcp' ? served.port : served.listening.socket, { method, target, headers, body });
}

const told = (answer: WireAnswer): string => `${answer.status} ${String(codeOf(answer))}`;

suite('what is searched for', () => {
  test('case 72: patterns made to be slow are answered, and those that need backtracking, are none or too long are refused', async (t) => {
    const served = await serve(t, { job: sh(`printf '${'a'.repeat(4_000)}b\\n'`) });
    await runOnce(served.runner, 'job');
    for (const pattern of ['(a+)+$', '(a|a)*$', '(.*a){20}x', String.raw`\s+$`, 'a'.repeat(10_000)]) {
      const answer = await get(t, served, `/api/v1/search?task=job&pattern=${encodeURIComponent(pattern)}&timeout=1s`);
      assert.equal(answer.status, 200, pattern.slice(0, 20));
      assert.equal((await get(t, served, `/api/v1/tasks/job/output?grep=${encodeURIComponent(pattern)}`)).status, 200);
    }
    for (const pattern of [String.raw`(a)\1`, '(?=a)', '(a', '[z-a]', 'a{2,1}', '*', 'a'.repeat(10_001), '(a{1000}){1000}']) {
      const answer = await get(t, served, `/api/v1/search?task=job&pattern=${encodeURIComponent(pattern)}`);
      assert.equal(told(answer), '400 ARGUMENT_INVALID', pattern.slice(0, 20));
    }
  });
});

suite('ranges', () => {
  test('case 73: counts, times, runs and cursors that are none are refused, each with what was expected', async (t) => {
    const served = await serve(t, { job: sh('seq 10') });
    await runOnce(served.runner, 'job');
    const wrong: Readonly<Record<string, readonly string[]>> = {
      'tasks/job/output?tail': ['-1', '1e99', 'NaN', '../', '', '1.5', '0x10', 'Infinity', '9999999999', '%31%00', '1&tail=2'],
      'tasks/job/output?maxBytes': ['-1', '1e3', 'all', '999999999'],
      'tasks/job/output?since': ['never', 'NaN', '2026-13-40', '', '1'.repeat(101)],
      'tasks/job/output?run': ['0', '-1', '1.5', '../1', 'first', '99', 'x'],
      'tasks/job/output?kind': ['../stdout', 'stdout.log', '', 'all', 'stdout&kind=stderr'],
      'tasks/job/output?follow=1&after': ['-1', 'x', 'job:stdin:1', 'job:stdout:-1', '9'.repeat(17)],
      'tasks/job/output?follow=1&offset': ['-1', '1.5', '1'.repeat(17)],
      'tasks/job/runs?limit': ['-1', 'NaN', '1e9'],
      'search?pattern=x&limit': ['-1', 'NaN', '1e9'],
      'search?pattern=x&before': ['-1', '1001', 'x'],
      'search?pattern=x&timeout': ['-1s', 'NaN', 'soon', '1e9'],
      'search?pattern=x&cursor': ['1', '{', '[]', '{"job":-1}', '{"job":"1"}', '{"job":1e99}', 'null'],
      'tasks/job/wait?for': ['', 'done', 'ready&for=stopped'],
      'tasks/job/wait?for=stopped&timeout': ['-1', 'x', '1%20s%202'],
    };
    for (const [parameter, values] of Object.entries(wrong)) {
      for (const value of values) {
        const answer = await get(t, served, `/api/v1/${parameter}=${value}`);
        assert.equal(told(answer), '400 ARGUMENT_INVALID', `${parameter}=${value}: ${answer.body}`);
      }
    }
    assert.equal((await get(t, served, '/api/v1/tasks/job/output?tail=3&kind=stdout')).body, '8\n9\n10\n');
    assert.equal((await get(t, served, '/api/v1/tasks/job/output?tail=0&kind=stdout')).body, '');
  });
});

suite('commands', () => {
  test('may be waited for longer than a timer runs', async (t) => {
    const served = await serve(t);
    const task = { name: 'done', command: 'true' };
    assert.equal((await send(t, served, 'socket', 'POST', '/api/v1/tasks?persist=false', task)).status, 201);
    assert.equal((await send(t, served, 'socket', 'POST', '/api/v1/tasks/done/start?wait=succeeded&timeout=60d', {})).status, 200);
  });

  test('case 76: a command is a program with arguments, and a line for a shell only where that is asked for', async (t) => {
    const served = await serve(t);
    const dir = tempDir(t);
    const mark = (name: string): string => join(dir, name);
    const line = (name: string): string => `touch ${mark(name)}; $(touch ${mark(name)})`;
    const tasks = [
      { name: 'line', command: line('line') },
      { name: 'args', command: 'printf', args: ['%s', `; touch ${mark('args')}`, '`id`', '$(id)', '&& id', '*'] },
      { name: 'shell', command: line('shell'), shell: true },
    ];
    for (const task of tasks) assert.equal((await send(t, served, 'socket', 'POST', '/api/v1/tasks?persist=false', task)).status, 201);
    assert.equal(told(await send(t, served, 'socket', 'POST', '/api/v1/tasks/line/start?wait=running', {})), '422 TASK_START_FAILED');
    for (const name of ['args', 'shell'])
      assert.equal((await send(t, served, 'socket', 'POST', `/api/v1/tasks/${name}/start?wait=finished`, {})).status, 200);
    assert.deepEqual(
      ['line', 'args', 'shell'].map((name) => existsSync(mark(name))),
      [false, false, true],
    );
    assert.equal((await get(t, served, '/api/v1/tasks/args/output?kind=stdout')).body, `; touch ${mark('args')}\`id\`$(id)&& id*`);
    for (const wrong of [
      { command: ['sh', '-c', 'id'] },
      { command: '' },
      { command: 'sh', args: '-c id' },
      { command: 'x', args: [['a']] },
      { command: 'a\0b' },
      { command: 'x', args: ['a\0b'] },
    ])
      assert.match(
        told(await send(t, served, 'socket', 'POST', '/api/v1/tasks', { name: 'wrong', ...wrong })),
        /^400 (?:ARGUMENT|TASK)_INVALID$/,
      );
  });

  const EXECUTED = [
    'name',
    'command',
    'args',
    'cwd',
    'env',
    'envFile',
    'envInherit',
    'shell',
    'ready',
    'alive',
    'stopCommand',
    'watch',
    'user',
  ];

  test('case 76: over TCP nothing can be defined that is executed or decides with which rights, unless that is allowed', async (t) => {
    const served = await serve(t);
    await served.runner.register({ name: 'web', command: 'true' });
    const keys = Object.keys(taskJsonSchema()['properties'] ?? {});
    assert.deepEqual(
      EXECUTED.filter((key) => !keys.includes(key)),
      [],
      'those that are named are there',
    );
    for (const key of keys) {
      const answer = await send(t, served, 'tcp', 'PATCH', '/api/v1/tasks/web', {
        title: 'changed',
        [key]: key === 'title' ? 'changed' : null,
      });
      assert.equal(told(answer) === '403 FORBIDDEN', EXECUTED.includes(key), `${key}: ${told(answer)}`);
    }
    for (const spelling of ['stop_command', 'Command', 'env_file', 'constructor', 'check'])
      assert.equal(told(await send(t, served, 'tcp', 'PATCH', '/api/v1/tasks/web', { [spelling]: 'x' })), '403 FORBIDDEN');
    for (const [target, body] of [
      ['tasks', { name: 'new', command: 'id' }],
      ['tasks/web/run', { args: ['x'] }],
    ] as const)
      assert.equal(told(await send(t, served, 'tcp', 'POST', `/api/v1/${target}`, body)), '403 FORBIDDEN');
    assert.deepEqual(
      served.runner.listTasks().map(({ definition }) => [definition.name, definition.title]),
      [['web', 'changed']],
    );
    assert.equal((await send(t, served, 'tcp', 'POST', '/api/v1/tasks/web/run', {})).status, 200, 'what is configured can be run');
  });

  test('case 76: over TCP tasks can be defined where that is allowed', async (t) => {
    const served = await serve(t, {}, { allowDefine: true });
    assert.equal((await send(t, served, 'tcp', 'POST', '/api/v1/tasks', { name: 'new', command: 'true' })).status, 201);
    assert.equal((await send(t, served, 'tcp', 'PATCH', '/api/v1/tasks/new', { args: ['x'] })).status, 200);
    assert.equal((await send(t, served, 'tcp', 'POST', '/api/v1/tasks/new/run', { args: ['y'] })).status, 200);
  });
});
