/** `dirigent logs --grep` of a part of the output: a level, a time, a run; and what it refuses. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Project, shellTask } from './rig.ts';

suite('logs --grep of a part', () => {
  test('--level keeps lines of JSON that are serious, with a pattern or without', async (t) => {
    const project = new Project(t, shellTask('a', String.raw`for l in info WARN error; do echo "{\"level\":\"$l\"}"; done; echo error`));
    await project.run(['up']);
    const grep = async (...flags: string[]): Promise<string> => (await project.run(['logs', 'a', '--kind', 'stdout', ...flags])).stdout;
    assert.equal(await grep('--level', 'warn'), '{"level":"WARN"}\n{"level":"error"}\n');
    assert.equal(await grep('--level', 'warn', '--grep', 'err'), '{"level":"error"}\n');
  });

  test('a time or a run is searched alone; -t shows when each line came, --json all that is known', async (t) => {
    const project = new Project(t, shellTask('a', 'echo "run $DIRIGENT_RUN"; echo more', 'rotate_previous = false'));
    await project.run(['up']);
    await project.run(['up']);
    const grep = async (...flags: string[]): Promise<string> => (await project.run(['logs', 'a', '--kind', 'stdout', ...flags])).stdout;
    assert.equal((await grep('--grep', 'run')).split('\n').length, 3);
    const last = (await grep('--grep', 'run', '--run', 'last')).trim();
    assert.match(last, /^run \w+$/);
    assert.ok((await grep('--grep', 'run')).trim().endsWith(last));
    assert.equal(await grep('--grep', 'run', '--until', '1h'), '');
    assert.match(await grep('--grep', 'run', '--since', '1h', '--run', '2', '-t'), /^\d{4}-\d\d-\d\dT[\d:.]+Z run \w+\n$/);
    const record = JSON.parse(await grep('--grep', 'run', '--run', 'last', '-A', '1', '--json')) as Record<string, unknown>;
    assert.deepEqual(Object.keys(record), ['task', 'stream', 'text', 'time', 'offset', 'runId', 'before', 'after']);
    assert.deepEqual([record['text'], (record['after'] as { readonly text: string }[]).map(({ text }) => text)], [last, ['more']]);
    assert.equal(await grep('--grep', 'run', '--count', '--json'), '{"task":"a","count":2}\n');
  });

  test('ends with 124 when the time was up, and with 2 for what cannot be searched for', async (t) => {
    const project = new Project(t, shellTask('a', 'seq 1 10'));
    await project.run(['up']);
    const late = await project.run(['logs', 'a', '--grep', '1', '--timeout', '0ms']);
    assert.deepEqual([late.code, late.stdout], [124, '']);
    assert.match(late.stderr, /^a: the time was up after 0ms, with 0 of \d+ bytes searched; --timeout gives it more\n$/);
    const bad = await project.run(['logs', 'a', '--grep', '(1']);
    assert.deepEqual(
      [bad.code, bad.stderr],
      [2, 'dirigent: the pattern is no regular expression: missing closing ) at character 1: "(1"\n'],
    );
    const lonely = await project.run(['logs', 'a', '--count']);
    assert.deepEqual([lonely.code, lonely.stderr], [2, 'dirigent: --count needs --grep or --level: there is nothing to search for\n']);
    assert.equal((await project.run(['logs', 'a', '--grep', '1', '-n', '5'])).code, 2);
    assert.equal((await project.run(['logs', 'a', '--level', 'loud'])).code, 2);
  });
});
