/** `dirigent logs --grep`: what it prints, and how it ends. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Project, shellTask } from './rig.ts';

suite('logs --grep', () => {
  test('prints the lines that match, as the log has them, and ends with 0', async (t) => {
    const project = new Project(t, shellTask('a', 'seq 8 12; echo err 1 >&2'));
    await project.run(['up']);
    assert.deepEqual(await project.run(['logs', 'a', '--grep', '^1[01]$|err']), {
      code: 0,
      stdout: '[stdout] 10\n[stdout] 11\n[stderr] err 1\n',
      stderr: '',
    });
    assert.equal((await project.run(['logs', 'a', '--kind', 'stdout', '--grep', '1', '-m', '2'])).stdout, '10\n11\n');
    assert.equal((await project.run(['logs', 'a', '--grep', 'ERR', '-i'])).stdout, '[stderr] err 1\n');
  });

  test('ends with 1 when nothing matches, and says when there is nothing to search', async (t) => {
    const project = new Project(t, shellTask('a', 'echo a.c'));
    assert.deepEqual(await project.run(['logs', 'a', '--grep', 'a']), {
      code: 1,
      stdout: '',
      stderr: 'a has no output in combined.log to search\n',
    });
    await project.run(['up']);
    assert.deepEqual(await project.run(['logs', 'a', '--grep', 'abc']), { code: 1, stdout: '', stderr: '' });
    assert.equal((await project.run(['logs', 'a', '--grep', 'a.c', '-F'])).code, 0);
    assert.equal((await project.run(['logs', 'a', '--grep', '\\w.\\w', '-F'])).code, 1);
  });

  test('lines around a match are printed once, and groups stand apart', async (t) => {
    const project = new Project(t, shellTask('a', 'seq 1 12'));
    await project.run(['up']);
    const grep = async (...flags: string[]): Promise<string> =>
      (await project.run(['logs', 'a', '--kind', 'stdout', ...flags])).stdout.trim().replaceAll('\n', ' ');
    assert.equal(await grep('--grep', '^[268]$', '-C', '1'), '1 2 3 -- 5 6 7 8 9');
    assert.equal(await grep('--grep', '^[29]$', '-B', '1'), '1 2 -- 8 9');
    assert.equal(await grep('--grep', '^[23]$', '-A', '1'), '2 3 4');
    assert.equal(await grep('--grep', '^[29]$'), '2 9');
  });

  test('several tasks are searched, with their names; --count counts each', async (t) => {
    const project = new Project(t, shellTask('a', 'seq 1 10') + shellTask('bee', 'seq 1 20'));
    await project.run(['up']);
    assert.equal((await project.run(['logs', '*', '--kind', 'stdout', '--grep', '^10$'])).stdout, 'a   | 10\nbee | 10\n');
    assert.deepEqual(await project.run(['logs', '*', '--grep', '1', '--count']), { code: 0, stdout: 'a   | 2\nbee | 11\n', stderr: '' });
    assert.deepEqual(await project.run(['logs', 'a', '--grep', 'x', '--count']), { code: 1, stdout: '0\n', stderr: '' });
  });

  test('more matches than are fetched at once are all printed', async (t) => {
    const project = new Project(t, shellTask('a', 'seq 1 25000'));
    await project.run(['up']);
    const { stdout } = await project.run(['logs', 'a', '--kind', 'stdout', '--grep', '', '-B', '2']);
    assert.equal(stdout, Array.from({ length: 25_000 }, (_, at) => `${at + 1}\n`).join(''));
  });
});
