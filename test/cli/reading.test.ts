/** The verbs that look: `ps`, `logs` and `machine`, with a runner and without. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TaskInfo } from '../../src/index.ts';
import { Project, shellTask } from './rig.ts';

const NOT_UTF8 = String.raw`printf 'a\377b\n\033]0;title\007'`;

suite('ps', () => {
  test('shows what never ran, what ended and how, and what runs, in aligned columns', async (t) => {
    const project = new Project(
      t,
      shellTask('job', 'exit 7') +
        shellTask('server', 'echo up; exec sleep 1000') +
        `${shellTask('idle', 'true')}[[tasks]]\nname = "bad"\ncommand = "gone"\n`,
    );
    const up = project.start(['up', 'job', 'server', 'bad']);
    await up.until('stdout', /up/);
    await up.until('stderr', /job {4}\* finished/);
    const { code, stdout } = await project.run(['ps']);
    assert.equal(code, 0);
    const [head = '', ...rows] = stdout.trimEnd().split('\n');
    assert.match(head, /^NAME {4}STATE {5}PID +SINCE +RESTARTS +CPU +MEM +RESULT$/);
    assert.match(rows[0] ?? '', /^job {5}finished {2}- +ended \d+s ago +0 +- +- +exit code 7$/);
    assert.match(rows[1] ?? '', /^server {2}running {3}\d+ +up \d+s +0 +\d+\.\d\ds +[\d.]+ [KM]iB +-$/);
    assert.match(rows[2] ?? '', /^idle {4}stopped {3}- +- +0 +- +- +-$/);
    assert.match(rows[3] ?? '', /^bad {5}failed {4}- +ended \d+s ago +0 +- +- +.*"gone" was not found in PATH/);
    assert.equal(new Set([head, ...rows].map((row) => row.search(/\S+$/) > 0)).size, 1);
    up.child.kill('SIGTERM');
    await up.ended;
    assert.match(
      (await project.run(['list', 'server'])).stdout,
      /^NAME {4}STATE {4}PID +SINCE +RESULT\nserver {2}stopped {2}- +ended \d+s ago +-\n$/,
    );
  });

  test('--json is one document with the tasks as the library has them', async (t) => {
    const project = new Project(t, shellTask('job', 'true', 'env = { TOKEN = "secret" }') + shellTask('idle', 'true'));
    await project.run(['up', 'job']);
    const { code, stdout } = await project.run(['ps', '--json']);
    assert.equal(code, 0);
    const { tasks } = JSON.parse(stdout) as { tasks: readonly TaskInfo[] };
    assert.deepEqual(
      tasks.map(({ definition, status }) => [definition.name, status.state]),
      [
        ['job', 'finished'],
        ['idle', 'stopped'],
      ],
    );
    assert.match(String(tasks[0]?.startedAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(tasks[0]?.definition.env, ['TOKEN']);
    assert.ok(!stdout.includes('secret'));
  });

  test('an unknown name ends with 4, a glob selects', async (t) => {
    const project = new Project(t, shellTask('web-1', 'true') + shellTask('web-2', 'true') + shellTask('db', 'true'));
    const unknown = await project.run(['ps', 'dv']);
    assert.deepEqual([unknown.code, unknown.stdout], [4, '']);
    assert.equal(unknown.stderr, 'dirigent: there is no task "dv"; did you mean "db"?\n');
    assert.equal((await project.run(['ps', 'cache*'])).code, 4);
    assert.match((await project.run(['ps', 'web-*'])).stdout, /^NAME.*\nweb-1 .*\nweb-2 .*\n$/);
  });
});

suite('logs', () => {
  test('prints the very bytes of one log, whatever they are', async (t) => {
    const project = new Project(t, shellTask('a', NOT_UTF8));
    await project.run(['up']);
    const child = project.spawn(process.execPath, [
      join(process.cwd(), 'dist/lib/cli/main.js'),
      'logs',
      'a',
      '--kind',
      'stdout',
      '-n',
      'all',
    ]);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual(Buffer.concat(chunks), readFileSync(join(project.dir, 'data/tasks/a/stdout.log')));
    assert.ok(Buffer.concat(chunks).includes(0xff));
  });

  test('shows the last 100 lines unless told otherwise, of one stream or both', async (t) => {
    const project = new Project(t, shellTask('a', 'seq 300; echo oops >&2'));
    await project.run(['up']);
    const lines = async (...args: string[]): Promise<string[]> => (await project.run(['logs', 'a', ...args])).stdout.trimEnd().split('\n');
    assert.equal((await lines()).length, 100);
    assert.deepEqual(await lines('--kind', 'stdout', '-n', '2'), ['299', '300']);
    assert.equal((await lines('--kind', 'stdout', '--lines', 'all')).length, 300);
    assert.deepEqual(await lines('--kind', 'stderr'), ['oops']);
    assert.equal((await project.run(['logs', 'a', '-n', '0'])).stdout, '');
  });

  test('of several tasks have a prefix', async (t) => {
    const project = new Project(t, shellTask('a', 'echo one') + shellTask('long', 'printf two'));
    await project.run(['up']);
    const { stdout } = await project.run(['logs', '--kind', 'stdout', 'a', 'long']);
    assert.equal(stdout, 'a    | one\nlong | two\n');
  });

  test('of a task that printed nothing are empty, and that is said on stderr', async (t) => {
    const { code, stdout, stderr } = await new Project(t, shellTask('a', 'true')).run(['logs', 'a']);
    assert.deepEqual([code, stdout, stderr], [0, '', 'a has no output in combined.log\n']);
  });

  test('of an unknown task end with 4 and the nearest name; a wrong count or kind with 2', async (t) => {
    const project = new Project(t, shellTask('server', 'true'));
    const { code, stderr } = await project.run(['logs', 'srever']);
    assert.equal(code, 4);
    assert.match(stderr, /did you mean "server"\?/);
    for (const args of [
      ['-n', '-1'],
      ['-n', 'x'],
      ['-n', '1e99'],
      ['--kind', 'both'],
    ]) {
      assert.equal((await project.run(['logs', 'server', ...args])).code, 2, args.join(' '));
    }
  });
});

suite('machine', () => {
  test('prints the chart of a task, or of the supervisor, as Mermaid, JSON or a picture, without any configuration', async (t) => {
    const project = new Project(t);
    assert.match((await project.run(['machine'])).stdout, /^stateDiagram-v2\n[^]*state "finished"/);
    assert.match((await project.run(['machine', 'supervisor'])).stdout, /^stateDiagram-v2\n/);
    const { stdout } = await project.run(['machine', 'task', '--format', 'json']);
    assert.equal((JSON.parse(stdout) as { id: string }).id, 'task');
    const picture = await project.run(['machine', 'probe', '--format', 'svg']);
    assert.match(picture.stdout, /^<svg [^]*>checking<[^]*<\/svg>\n$/);
    assert.equal((await project.run(['machine', 'pump'])).code, 2);
  });
});
