/** `record` and `replay`: an incident taken along, and led through the machines again, by the command. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { ReplayResult } from '../../src/index.ts';
import { linesOf } from '../rig/recorded.ts';
import { Project } from './rig.ts';

const CRASH = `
[[tasks]]
name = "web"
command = "exit 3"
shell = true
restart = "on-failure"
restart_delay = "10ms"
max_restarts = 2
`;

/** A project in which a task crashed and gave up, and the recording of it. */
async function incident(t: TestContext): Promise<{ project: Project; file: string; text: string }> {
  const project = new Project(t, CRASH);
  assert.equal((await project.run(['up', 'web'])).code, 1);
  const { code, stdout, stderr } = await project.run(['record', 'web', '--last', '10m']);
  assert.deepEqual([code, stderr], [0, '']);
  return { project, file: project.write('incident.ndjson', stdout), text: stdout };
}

/** The recording of a machine that waited longer before it started the task again. */
const doctored = (text: string): string => text.replace(/("c":\{.*?"restartDelayMs":)\d+/, (_all, before: string) => `${before}4711`);

suite('record', () => {
  test('prints the recording of one task from the files, with no daemon', async (t) => {
    const { text } = await incident(t);
    const [hello, ...rest] = linesOf(text);
    assert.equal(hello?.k, 'hello');
    assert.ok(rest.some((line) => line.k === 'tx' && line.e.type === 'process.exited'));
  });

  test('prints one HTML file that shows the recording by itself, with its machines drawn', async (t) => {
    const { project } = await incident(t);
    const { code, stdout } = await project.run(['record', 'web', '--format', 'html']);
    assert.equal(code, 0);
    assert.match(stdout, /^<!doctype html>[^]*content-security-policy[^]*"k":"hello"[^]*"boxes":\[[^]*<\/html>\n$/);
  });

  test('of a task that nobody knows is refused with 4, and of a bad duration with 2', async (t) => {
    const project = new Project(t, CRASH);
    const { code, stderr } = await project.run(['record', 'wob']);
    assert.equal(code, 4);
    assert.match(stderr, /^dirigent: nothing of dirigent\/services\/task-runner\/wob is kept below .*\n$/);
    assert.equal((await project.run(['record', 'web', '--last', 'long'])).code, 2);
  });
});

suite('replay', () => {
  test('of a real crash finds that the machine does the same', async (t) => {
    const { project, file } = await incident(t);
    const { code, stdout, stderr } = await project.run(['replay', file]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^dirigent\/services\/task-runner\/web: \d+ steps, all as recorded\n$/);
  });

  test('names the first step that differs, with what was recorded and what is done now, and exits with 1', async (t) => {
    const { project, text } = await incident(t);
    const file = project.write('other.ndjson', doctored(text));
    const { code, stdout } = await project.run(['replay', file]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^\S+\/web: step 5 differs, on output\.drained at 20\d\d-\S+Z\n {2}context\.restartDelayMs\n {4}recorded: 4711\n {4}now: {6}\d+\n$/,
    );
    const json = await project.run(['replay', file, '--json']);
    const { isEqual, actors } = JSON.parse(json.stdout) as ReplayResult;
    assert.deepEqual([json.code, isEqual, actors[0]?.difference?.aspect, actors[0]?.difference?.step], [1, false, 'context', 5]);
  });

  test('reads what is piped into it, up to a last line that is cut off', async (t) => {
    const { project, text } = await incident(t);
    const running = project.spawn(process.execPath, [resolve('dist/lib/cli/main.js'), 'replay', '-']);
    const said = { stdout: '', stderr: '' };
    running.stdout.on('data', (data) => (said.stdout += String(data)));
    running.stderr.on('data', (data) => (said.stderr += String(data)));
    running.stdin.end(text.slice(0, -20));
    const code = await new Promise((settle) => running.once('close', settle));
    assert.equal(code, 0, said.stderr);
    assert.match(said.stderr, /^standard input: the last line is cut off and left out\n$/);
    assert.match(said.stdout, /all as recorded/);
  });

  test('shows a recording in the page until it is told to end, to whom the address was told', async (t) => {
    const { project, file } = await incident(t);
    const running = project.start(['replay', file, '--open', '--no-browser']);
    const [address] = await running.until('stdout', /^http:\/\/127\.0\.0\.1:\d+\/#ticket=\S+\n/);
    const { origin, hash } = new URL(address.trim());
    const page = await fetch(origin);
    assert.match(await page.text(), /^<!doctype html>/i);
    const recording = `${origin}/api/v1/inspector/recording?format=ndjson`;
    assert.equal((await fetch(recording)).status, 401);
    const session = await fetch(`${origin}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ticket: hash.slice('#ticket='.length) }),
    });
    const { token } = (await session.json()) as { readonly token: string };
    const shown = await fetch(recording, { headers: { authorization: `Bearer ${token}` } });
    assert.match(await shown.text(), /"type":"process\.exited"/);
    running.child.kill('SIGTERM');
    assert.equal((await running.ended).code, 143);
  });

  test('refuses what is no recording with 78, and a file that is not there with 2', async (t) => {
    const project = new Project(t);
    for (const text of ['', '{"name":"x"}', '{"k":"hello","v":2}']) {
      const { code, stderr } = await project.run(['replay', project.write('bad.ndjson', text)]);
      assert.equal(code, 78, stderr);
      assert.match(stderr, /bad\.ndjson: expected a recording of dirigent\. /);
    }
    assert.equal((await project.run(['replay', 'absent.ndjson'])).code, 2);
  });

  test('writes a test, which passes while the machine does the same, and fails when it does not', async (t) => {
    const { project, file, text } = await incident(t);
    mkdirSync(join(project.dir, 'node_modules'));
    symlinkSync(resolve('.'), join(project.dir, 'node_modules/dirigent-taskrunner'));
    const run = async (recording: string) => {
      const { code, stdout } = await project.run(['replay', recording, '--as-test']);
      assert.equal(code, 0);
      // Not one of the tests that this test is part of.
      const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
      return spawnSync(process.execPath, ['--test', project.write('pinned.test.mjs', stdout)], { encoding: 'utf8', env });
    };
    const same = await run(file);
    assert.equal(same.status, 0, same.stdout);
    const other = await run(project.write('other.ndjson', doctored(text)));
    assert.equal(other.status, 1);
    assert.match(other.stdout, /the machines do what they did in other\.ndjson[^]*restartDelayMs: 4711/);
  });
});
