/** `dirigent completion`: what a real bash offers for the word under the cursor, and what is answered where there is nothing to offer. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { VERBS } from '../../src/cli/verbs.ts';
import { MAIN, Project, shellTask } from './rig.ts';

const TASKS = `${shellTask('web', 'true')}${shellTask('worker', 'true', 'instances = 2')}${shellTask('db', 'true', 'group = "data"')}[[groups]]\nname = "data"\n`;

/** What bash would offer, in order of the words `words`; the last one is to be completed. */
async function offered(project: Project, words: readonly string[]): Promise<string[]> {
  const script = `eval "$(dirigent completion bash)"
    COMP_WORDS=(dirigent "$@"); COMP_CWORD=$#
    _dirigent dirigent "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const bash = project.spawn('bash', ['--norc', '--noprofile', '-c', script, 'bash', ...words], {
    PATH: `${project.dir}/bin:${process.env['PATH']}`,
  });
  let [stdout, stderr] = ['', ''];
  bash.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  bash.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise((resolve) => bash.on('close', resolve));
  assert.deepEqual([code, stderr], [0, ''], words.join(' '));
  return stdout.split('\n').filter((line) => line !== '');
}

function createProject(t: TestContext): Project {
  const project = new Project(t, TASKS);
  mkdirSync(join(project.dir, 'bin'));
  project.write('bin/dirigent', `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(join(project.dir, 'bin/dirigent'), 0o755);
  return project;
}

test('bash is offered verbs, options, their values and the names of tasks, instances one by one', async (t) => {
  const project = createProject(t);
  const cases: readonly (readonly [words: readonly string[], offers: readonly string[]])[] = [
    [['gr'], ['graph']],
    [
      ['logs', 'w'],
      ['web', 'worker-1', 'worker-2'],
    ],
    [['logs', 'web', 'd'], ['db']],
    [['logs', '-n', '5', 'd'], ['db']],
    [
      ['logs', '--ti'],
      ['--timeout', '--timestamps'],
    ],
    [
      ['logs', '--kind', 's'],
      ['stdout', 'stderr'],
    ],
    // As bash divides --kind=s.
    [
      ['logs', '--kind', '=', 's'],
      ['stdout', 'stderr'],
    ],
    [
      ['logs', '--kind', '='],
      ['stdout', 'stderr', 'combined'],
    ],
    [['up', '--exit-code-from', 'd'], ['db']],
    [
      ['config', ''],
      ['check', 'show', 'schema'],
    ],
    [['help', 'mach'], ['machine']],
    [
      ['machine', ''],
      ['task', 'probe', 'supervisor'],
    ],
    [['--config', 'dirigent.toml', 'ps', 'd'], ['db']],
    [['runs', 'web', ''], []],
  ];
  for (const [words, offers] of cases) assert.deepEqual(await offered(project, words), offers, words.join(' '));
  const verbs = VERBS.flatMap(({ names }) => names.slice(0, 1));
  assert.deepEqual(await offered(project, ['']), [...verbs, 'help']);
});

test('bash is offered files where a file is wanted, and folders where a folder is', async (t) => {
  const project = createProject(t);
  mkdirSync(join(project.dir, 'dir with space'));
  assert.deepEqual(await offered(project, ['--config', 'dir']), ['dir with space', 'dirigent.toml']);
  assert.deepEqual(await offered(project, ['ps', '--data-dir', 'dir']), ['dir with space']);
});

test('a word with its option in it is answered whole, as zsh and fish have it', async (t) => {
  const { stdout } = await createProject(t).run(['complete', '--', 'logs', '--kind=std']);
  assert.equal(stdout, '--kind=stdout\n--kind=stderr\n');
});

test('names come from the configuration that is named, with defaults and variables, and from the tasks that ran', async (t) => {
  const project = createProject(t);
  project.write(
    'other.toml',
    '[runner]\ndata_dir = "${WHERE}"\ninstances = 2\n[[tasks]]\nname = "${NAME}-x"\n[[tasks]]\nname = "one"\ninstances = 1\n',
  );
  mkdirSync(join(project.dir, 'there/tasks/gone'), { recursive: true });
  mkdirSync(join(project.dir, 'there/tasks/no name'), { recursive: true });
  const words = ['complete', '--', 'logs', '--config', 'other.toml', ''];
  const { stdout } = await project.run(words, { WHERE: 'there', NAME: 'api' });
  assert.equal(stdout, 'api-x-1\napi-x-2\ngone\none\n');
  const named = await project.run(['complete', '--', 'logs', '--data-dir=there', 'g']);
  assert.equal(named.stdout, 'gone\n');
});

test('nothing is said where there is nothing to offer, whatever is wrong', async (t) => {
  const project = new Project(t);
  project.write('broken.toml', '[[tasks]\n');
  execFileSync('mkfifo', [join(project.dir, 'pipe.toml')]);
  for (const words of [
    ['losg', ''],
    ['logs', '--config', 'broken.toml', ''],
    ['logs', '--config', 'pipe.toml', ''],
    ['logs', '--config', 'gone.toml', ''],
    ['logs', '--lines', ''],
    ['ps', '--nothing', 'x'],
    [],
  ]) {
    const { code, stdout, stderr } = await project.run(['complete', '--', ...words]);
    const expected = words.length === 0 ? /^up\n/ : /^$/;
    assert.deepEqual([code, stderr], [0, ''], words.join(' '));
    assert.match(stdout, expected, words.join(' '));
  }
});

test('another shell than the three is refused with their names', async (t) => {
  const { code, stderr } = await new Project(t).run(['completion', 'tcsh']);
  assert.equal(code, 2);
  assert.match(stderr, /bash, zsh, fish/);
});

for (const [shell, flag] of [
  ['bash', '-n'],
  ['zsh', '-n'],
  ['fish', '--no-execute'],
] as const)
  test(`the script for ${shell} has no error of syntax`, async (t) => {
    if (spawnSync(shell, ['--version']).error !== undefined) return t.skip(`${shell} is not installed`);
    const project = new Project(t);
    const { stdout } = await project.run(['completion', shell]);
    const { status, stderr } = spawnSync(shell, [flag, project.write('script', stdout)], { encoding: 'utf8' });
    return assert.deepEqual([status, stderr], [0, '']);
  });
