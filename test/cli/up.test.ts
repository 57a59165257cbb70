/** What `dirigent up` starts, prints and ends with when nobody disturbs it. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAIN, Project, shellTask } from './rig.ts';

test('output comes line by line on stdout, prefixed with the name, aligned to the longest one', async (t) => {
  const project = new Project(t, shellTask('a', 'echo one; echo two') + shellTask('long-name', 'echo three >&2'));
  const { code, stdout, stderr } = await project.run(['up']);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trimEnd().split('\n').sort(), ['a         | one', 'a         | two', 'long-name | three']);
  assert.match(stderr, /^a {9}\* started \(pid \d+\)$/m);
  assert.match(stderr, /^long-name \* finished with exit code 0$/m);
});

test('with --no-prefix the lines are those of the tasks', async (t) => {
  const { stdout } = await new Project(t, shellTask('a', 'echo one; printf "no newline"')).run(['up', '--no-prefix']);
  assert.equal(stdout, 'one\nno newline\n');
});

test('200,000 lines arrive complete through a pipe and in a file', async (t) => {
  const project = new Project(t, '[[tasks]]\nname = "seq"\ncommand = "seq"\nargs = ["200000"]\n');
  const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('');
  const piped = await project.run(['up', '--no-prefix']);
  assert.equal(piped.code, 0);
  assert.ok(piped.stdout === expected, `${piped.stdout.length} of ${expected.length} characters through the pipe`);
  const path = join(project.dir, 'out.txt');
  const file = openSync(path, 'w');
  const child = spawn(process.execPath, [MAIN, 'up', '--no-prefix'], { cwd: project.dir, stdio: ['ignore', file, 'ignore'] });
  await new Promise((resolve) => child.on('close', resolve));
  closeSync(file);
  assert.ok(readFileSync(path, 'utf8') === expected, 'in the file');
});

test('the line that tells the end of a task comes after its output, while others go on', async (t) => {
  const project = new Project(t, shellTask('job', 'seq 5000') + shellTask('server', 'echo up; exec sleep 1000'));
  // One pipe for both streams, so that their order shows.
  const child = project.spawn('sh', ['-c', `exec "${process.execPath}" "${MAIN}" up job server 2>&1`]);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('finished with') && text.includes('up\n')) child.kill('SIGTERM');
  });
  await new Promise((resolve) => child.on('close', resolve));
  assert.ok(text.indexOf('job    | 5000\n') < text.indexOf('job    * finished with exit code 0'), text.slice(-500));
  assert.ok(text.includes('job    | 5000\n'));
});

test('a task that is started again tells each end, when it goes on, and at last that it was given up', async (t) => {
  const policy = 'restart = "always"\nrestart_delay = "10ms"\nmax_restarts = 1';
  const { stdout, stderr, code } = await new Project(t, shellTask('job', 'echo said; exit 3', policy)).run(['up']);
  assert.equal(stdout, 'job | said\n'.repeat(2));
  const lines = stderr.trimEnd().split('\n');
  assert.match(lines[1] ?? '', /^job \* finished with exit code 3; starts again in \d+ms$/);
  assert.deepEqual(lines.slice(3), ['job * failed: Gave up after 2 failures within 600 s; the last: exit code 3']);
  assert.equal(code, 1);
});

test('a task that keeps no files is printed like any other', async (t) => {
  const { stdout, code, stderr } = await new Project(t, shellTask('a', 'echo one; echo two', 'persist_to_disk = false')).run(['up', '-v']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'a | one\na | two\n');
});

test('a task without a combined log shows both its streams', async (t) => {
  const { stdout } = await new Project(t, shellTask('a', 'echo one; echo two >&2', 'log = { combined = false }')).run(['up']);
  assert.deepEqual(stdout.trimEnd().split('\n').sort(), ['a | one', 'a | two']);
});

test('a task that cannot start is told at once with its reason and the fix, and the others go on', async (t) => {
  const project = new Project(t, `${shellTask('good', 'echo done')}[[tasks]]\nname = "bad"\ncommand = "no-such-command"\n`);
  const { code, stdout, stderr } = await project.run(['up']);
  assert.equal(code, 1);
  assert.equal(stdout, 'good | done\n');
  assert.match(stderr, /^bad {2}\* failed: .*"no-such-command".*PATH; install it/m);
  assert.match(stderr, /^good \* finished with exit code 0$/m);
});

test('an exit code other than 0 makes it end with 1, and so does a signal', async (t) => {
  const project = new Project(t, shellTask('seven', 'exit 7') + shellTask('killed', 'kill -KILL $$') + shellTask('fine', 'true'));
  const seven = await project.run(['up', 'seven', 'fine']);
  assert.equal(seven.code, 1);
  assert.match(seven.stderr, /seven \* finished with exit code 7/);
  const killed = await project.run(['up', 'killed']);
  assert.equal(killed.code, 1);
  assert.match(killed.stderr, /killed \* failed: .*SIGKILL/);
  assert.equal((await project.run(['up', 'fine'])).code, 0);
});

test('it starts those with run_at_startup, all if none has it, and those named otherwise', async (t) => {
  const marked = new Project(t, shellTask('a', 'echo a', 'run_at_startup = true') + shellTask('b', 'echo b'));
  assert.equal((await marked.run(['up', '--no-prefix'])).stdout, 'a\n');
  assert.equal((await marked.run(['up', '--no-prefix', 'b'])).stdout, 'b\n');
  assert.deepEqual((await marked.run(['up', '--no-prefix', '*'])).stdout.split('\n').sort(), ['', 'a', 'b']);
  const unmarked = new Project(t, shellTask('a', 'echo a') + shellTask('b', 'echo b'));
  assert.deepEqual((await unmarked.run(['up', '--no-prefix'])).stdout.split('\n').sort(), ['', 'a', 'b']);
});

test('an unknown task ends it with 4 and the nearest name, before anything starts', async (t) => {
  const project = new Project(t, shellTask('server', 'echo up'));
  const { code, stdout, stderr } = await project.run(['up', 'sever']);
  assert.equal(code, 4);
  assert.equal(stdout, '');
  assert.equal(stderr, 'dirigent: there is no task "sever"; did you mean "server"?\n');
});

test('nothing to start is said, with 78', async (t) => {
  const { code, stderr } = await new Project(t, '').run(['up']);
  assert.equal(code, 78);
  assert.match(stderr, /^dirigent: there is nothing to start: no task is defined/);
});

test('--verbose adds the log of the runner to stderr, as lines of JSON', async (t) => {
  const project = new Project(t, shellTask('a', 'echo one'));
  for (const [args, env] of [
    [['up', '-v'], {}],
    [['--verbose', 'up'], {}],
    [['up'], { DIRIGENT_VERBOSE: '1' }],
  ] as const) {
    const { stdout, stderr } = await project.run(args, env);
    assert.equal(stdout, 'a | one\n');
    const entries = stderr.split('\n').filter((line) => line.startsWith('{'));
    assert.ok(
      entries.some((line) => (JSON.parse(line) as { msg: string }).msg === 'task changed'),
      stderr,
    );
  }
});
