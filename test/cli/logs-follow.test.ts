/** `dirigent logs -f`: from the files alone, while another process writes them. What is there when it begins and what comes later are both shown, so nothing waits. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Project, shellTask, type Running } from './rig.ts';

/** Ends the command as Ctrl-C does; resolves with its exit code. */
async function interrupt(following: Running): Promise<number | null> {
  following.child.kill('SIGINT');
  return (await following.ended).code;
}

const numbers = (to: number): string[] => Array.from({ length: to }, (_, index) => `[stdout] ${index + 1}`);

test('it waits for a data directory that is not there yet, goes on over runs and rotations, and ends at Ctrl-C with 130', async (t) => {
  const project = new Project(t, shellTask('job', 'seq 1 3000', 'log = { max_size = "8KiB", keep = 100 }'));
  const following = project.start(['logs', '-f', 'job', '-n', 'all']);
  for (const runs of [1, 2, 3]) {
    assert.equal((await project.run(['up', 'job'])).code, 0);
    await following.until('stdout', new RegExp(`^(?:[^]*\\] 3000\\n){${runs}}$`));
  }
  assert.equal(await interrupt(following), 130);
  const { stdout, stderr } = await following.ended;
  assert.deepEqual(stdout.trimEnd().split('\n'), [...numbers(3000), ...numbers(3000), ...numbers(3000)]);
  assert.equal(stderr, '');
});

test('it begins with the last 100 lines, with as many as -n says, or with those of a time', async (t) => {
  const project = new Project(t, shellTask('job', 'seq 1 500'));
  await project.run(['up', 'job']);
  for (const [args, first] of [
    [[], 401],
    [['-n', '7'], 494],
    [['--since', '1h'], 1],
    [['--since', '1h', '-n', '20'], 481],
  ] as const) {
    const following = project.start(['logs', '-f', 'job', ...args]);
    await following.until('stdout', /\] 500\n$/);
    assert.equal(await interrupt(following), 130);
    assert.deepEqual((await following.ended).stdout.trimEnd().split('\n'), numbers(500).slice(first - 1), args.join(' '));
  }
});

test('without names all tasks are followed, those that come later too, each behind its name', async (t) => {
  const project = new Project(t, shellTask('web-1', 'echo one') + shellTask('web-2', 'echo two >&2') + shellTask('db', 'echo three'));
  await project.run(['up', 'web-1']);
  const all = project.start(['logs', '-f']);
  const some = project.start(['logs', '-f', 'web-*']);
  await all.until('stdout', /one/);
  await some.until('stdout', /one/);
  await project.run(['up', 'db']);
  await project.run(['up', 'web-2']);
  await all.until('stdout', /two/);
  await some.until('stdout', /two/);
  assert.deepEqual([await interrupt(all), await interrupt(some)], [130, 130]);
  assert.equal((await all.ended).stdout, 'web-1 | [stdout] one\ndb    | [stdout] three\nweb-2 | [stderr] two\n');
  assert.equal((await some.ended).stdout, 'web-1 | [stdout] one\nweb-2 | [stderr] two\n');
});

test('the last line of a run that ended without a newline is shown', async (t) => {
  const project = new Project(t, shellTask('job', 'printf "no newline"'));
  const following = project.start(['logs', '-f', 'job', '--kind', 'stdout']);
  await project.run(['up', 'job']);
  await following.until('stdout', /^no newline\n$/);
  assert.equal(await interrupt(following), 130);
});

test('--json is a record a line, with the cursor; -t puts the time before each line', async (t) => {
  const project = new Project(t, shellTask('job', 'echo one; echo two'));
  await project.run(['up', 'job']);
  const json = project.start(['logs', '-f', 'job', '--json', '--kind', 'stdout']);
  await json.until('stdout', /two.*\n$/);
  const timed = project.start(['logs', '-f', 'job', '-t', '--kind', 'stdout']);
  await timed.until('stdout', /two\n$/);
  assert.deepEqual([await interrupt(json), await interrupt(timed)], [130, 130]);
  const records = (await json.ended).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    records.map(({ task, stream, text, offset }) => [task, stream, text, offset]),
    [
      ['job', 'stdout', 'one', 0],
      ['job', 'stdout', 'two', 4],
    ],
  );
  assert.match(String(records[0]?.['runId']), /^[0-9a-f]{16}$/);
  assert.match((await timed.ended).stdout, /^(\d{4}-\d\d-\d\dT[\d:.]+Z (one|two)\n){2}$/);
});

test('a task whose folder was removed is followed on when it comes back', async (t) => {
  const project = new Project(t, shellTask('job', 'echo said'));
  await project.run(['up', 'job']);
  const following = project.start(['logs', '-f', 'job', '--kind', 'stdout']);
  await following.until('stdout', /^said\n$/);
  for (const removed of ['data/tasks/job', 'data']) {
    rmSync(join(project.dir, removed), { recursive: true });
    const before = following.stdout.length;
    await project.run(['up', 'job']);
    await following.until('stdout', new RegExp(`^[^]{${before}}said\\n$`));
  }
  assert.equal(await interrupt(following), 130);
});

test('a reader that goes away ends it, a name that nothing tells of ends with 4, and what does not go with it with 2', async (t) => {
  const project = new Project(t, shellTask('job', 'seq 1 100000'));
  await project.run(['up', 'job']);
  const following = project.start(['logs', '-f', 'job', '-n', 'all']);
  await following.until('stdout', /\n/);
  following.child.stdout.destroy();
  assert.equal((await following.ended).code, 141);
  assert.equal((await project.run(['logs', '-f', 'jib'])).code, 4);
  for (const args of [['--until', '1h'], ['--run', '1'], ['--grep', 'x'], ['--verify']]) {
    const { code, stderr } = await project.run(['logs', '-f', 'job', ...args]);
    assert.deepEqual([code, stderr], [2, `dirigent: --follow goes on with what comes: leave out ${args[0]}\n`]);
  }
  assert.equal((await project.run(['logs', '-f', 'job', '--since', 'soon'])).code, 2);
});
