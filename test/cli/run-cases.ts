/** What `dirigent run` does in the same way through a daemon and with a runner of its own. Defines tests; runs none by itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { TaskInfo } from '../../src/index.ts';
import { MAIN, Running, shellTask, type Project } from './rig.ts';

const ODD_BYTES = String.raw`printf 'a\377\033[31mb'; printf 'no newline' >&2; exit 7`;

/** What a command writes to stdout, as bytes. */
async function bytesOf(project: Project, args: readonly string[]): Promise<Buffer> {
  const child = project.spawn(process.execPath, [MAIN, ...args]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.resume();
  await once(child, 'close');
  return Buffer.concat(chunks);
}

/** Makes a project, with a daemon or without. */
type Open = (t: TestContext, toml: string) => Promise<Project>;

/** Defines the tests. */
export function testRuns(open: Open): void {
  testOutput(open);
  testEnds(open);
  testCuts(open);
}

function testOutput(open: Open): void {
  test('passes on stdout and stderr byte by byte, and the exit code', async (t) => {
    const project = await open(t, shellTask('job', ODD_BYTES) + shellTask('long', `head -c 300000 /dev/zero | tr '\\0' x; seq 50000`));
    const { code, stdout, stderr } = await project.run(['run', 'job']);
    assert.deepEqual([code, stderr], [7, 'no newline']);
    assert.equal(stdout, 'a\ufffd\u001b[31mb');
    assert.deepEqual(await bytesOf(project, ['run', 'job']), Buffer.from('a\xff\x1b[31mb', 'latin1'));
    const numbers = Array.from({ length: 50_000 }, (_, index) => `${index + 1}\n`).join('');
    const long = await bytesOf(project, ['run', 'long']);
    assert.ok(long.equals(Buffer.from(`${'x'.repeat(300_000)}${numbers}`)), `${long.length} bytes`);
  });

  test('shows output as it comes, also of a line that has not ended', async (t) => {
    const project = await open(t, shellTask('ask', 'printf "go on? "; until [ -e go ]; do sleep 0.01; done; echo yes'));
    const running = project.start(['run', 'ask']);
    await running.until('stdout', /go on\? $/);
    project.write('go', '');
    assert.deepEqual(await running.ended, { code: 0, stdout: 'go on? yes\n', stderr: '' });
  });

  test('shows line by line what a task writes that keeps no files', async (t) => {
    const line = 'echo one; echo two >&2; until [ -e go ]; do sleep 0.01; done; printf three';
    const project = await open(t, shellTask('job', line, 'persist_to_disk = false'));
    const running = project.start(['run', 'job']);
    await running.until('stdout', /one\n/);
    project.write('go', '');
    for (const { code, stdout, stderr } of [await running.ended, await project.run(['run', 'job'])])
      assert.deepEqual([code, stdout, stderr], [0, 'one\nthree\n', 'two\n']);
  });
}

function testEnds(open: Open): void {
  test('ends with 128 and the signal that ended the task, and says why it failed', async (t) => {
    const project = await open(t, shellTask('dies', 'kill -9 $$') + shellTask('slow', 'exec sleep 1000', 'run_timeout = "10ms"'));
    const dies = await project.run(['run', 'dies']);
    assert.equal(dies.code, 137);
    assert.match(dies.stderr, /^dies: failed: .*SIGKILL/);
    const slow = await project.run(['run', 'slow']);
    assert.equal(slow.code, 143);
    assert.match(slow.stderr, /^slow: failed: .*run_timeout/i);
  });

  test('ends with 124 when the time is up, and the task is stopped; with 4 for nobody', async (t) => {
    const project = await open(t, shellTask('slow', 'echo begun; exec sleep 1000'));
    const { code, stdout, stderr } = await project.run(['run', 'slow', '--timeout', '2s']);
    assert.deepEqual([code, stdout], [124, 'begun\n']);
    assert.match(stderr, /^dirigent: slow did not end within 2000 ms and was stopped\n$/);
    const unknown = await project.run(['run', 'slo']);
    assert.deepEqual([unknown.code, unknown.stderr], [4, 'dirigent: there is no task "slo"; did you mean "slow"?\n']);
  });
}

function testCuts(open: Open): void {
  test('Ctrl-C stops the task in order, and a second one kills it', async (t) => {
    const line = "trap 'echo last words; exit 0' TERM; echo up; while :; do sleep 1000 & wait $!; done";
    const deaf = shellTask('deaf', "trap '' TERM; echo up; while :; do sleep 1000 & wait $!; done", 'stop_timeout = "1h"');
    const project = await open(t, shellTask('polite', line) + deaf);
    const polite = project.start(['run', 'polite']);
    await polite.until('stdout', /up\n/);
    polite.child.kill('SIGINT');
    const { code, stdout, stderr } = await polite.ended;
    assert.deepEqual([code, stdout], [130, 'up\nlast words\n']);
    assert.match(stderr, /^dirigent: SIGINT: stopping polite\n/);
    const hurried = project.start(['run', 'deaf']);
    await hurried.until('stdout', /up\n/);
    hurried.child.kill('SIGTERM');
    await hurried.until('stderr', /stopping deaf/);
    hurried.child.kill('SIGTERM');
    assert.equal((await hurried.ended).code, 143);
  });

  test('stops the task when nobody reads what it writes', async (t) => {
    const project = await open(t, shellTask('endless', 'yes'));
    const line = `"${process.execPath}" "${MAIN}" run endless | head -n 3; echo "\${PIPESTATUS[0]}"`;
    const { stdout } = await new Running(project.spawn('bash', ['-c', line])).ended;
    assert.equal(stdout, 'y\ny\ny\n141\n');
    const { status } = JSON.parse((await project.run(['inspect', 'endless', '--json'])).stdout) as TaskInfo;
    assert.equal(status.state, 'stopped');
  });
}
