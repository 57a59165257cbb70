/** The example does what it shows, and its server behaves as a task should. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Project, Running } from './rig.ts';

const SERVER = resolve('dist/examples/http-server.js');
const CONFIG = resolve('examples/dirigent.toml');

test('the example starts, says what is broken, answers requests, and stops at Ctrl-C', async (t) => {
  const project = new Project(t);
  const up = project.start(['up', '--config', CONFIG, '--data-dir', 'data'], { PORT: '0' });
  const [, url = ''] = await up.until('stdout', /^web {5}\| .*listening on (http:\/\/127\.0\.0\.1:\d+\/)/m);
  assert.equal(await (await fetch(url)).text(), 'Hello from a task.\n');
  assert.equal((await fetch(`${url}gone`)).status, 404);
  await up.until('stdout', /"url":"\/gone","status":404/);
  await up.until('stdout', /^ticker {2}\| tick 1$/m);
  await up.until('stdout', /^migrate \| migrating invoices$/m);
  await up.until('stderr', /^broken {2}\* failed: .*PATH/m);
  await up.until('stderr', /^migrate \* finished with exit code 0$/m);
  up.child.kill('SIGINT');
  const { code, stdout } = await up.ended;
  assert.equal(code, 130);
  assert.match(stdout, /^web {5}\| .*"closed"/m);
});

test('its server ends with 1 and one clear line when its port is taken or no port', async (t) => {
  const project = new Project(t);
  const other = createServer();
  t.after(() => other.close());
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const { port } = other.address() as AddressInfo;
  const taken = await new Running(project.spawn(process.execPath, [SERVER], { PORT: String(port) })).ended;
  assert.equal(taken.code, 1);
  assert.match(taken.stdout, new RegExp(`^[^\\n]*port ${port} is taken by another program[^\\n]*\\n$`));
  const wrong = await new Running(project.spawn(process.execPath, [SERVER], { PORT: 'http' })).ended;
  assert.equal(wrong.code, 1);
  assert.match(wrong.stdout, /PORT: expected a number/);
});

test('its data directory lies beside it, where git does not look', () => {
  assert.match(readFileSync(CONFIG, 'utf8'), /^data_dir = "\.dirigent"$/m);
  assert.match(readFileSync('.gitignore', 'utf8'), /^\.dirigent\/$/m);
});
