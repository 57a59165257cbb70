/** What a valid configuration turns into. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { TaskDefinitionSchema } from '../../src/model/definition.ts';
import { failureOf, folder, loadText, write } from './project.ts';

const ORIGINAL = `
[server]
host = "127.0.0.1"
port = 4000

[[agents]]
name = "reviewer"

[[tasks]]
name = "lspmux"
title = "LSP Mux Server"
command = "lspmux"
args = ["server"]
cwd = "."
env = { RUST_LOG = "info" }
run_at_startup = true
persist_to_disk = true
rotate_previous = false

[[tasks]]
name = "db"
command = "postgres"
[tasks.env]
PGDATA = "/data"
`;

test('a file with the nine keys and foreign tables loads as it is, and the foreign tables are noted', async () => {
  const { tasks, notes, files, runner } = await loadText(ORIGINAL);
  assert.deepEqual(files, [join(folder, 'dirigent.toml')]);
  assert.deepEqual(
    tasks.map(({ source }) => source.line),
    [9, 20],
  );
  const given = {
    title: 'LSP Mux Server',
    args: ['server'],
    cwd: folder,
    env: { RUST_LOG: 'info' },
    runAtStartup: true,
    rotatePrevious: false,
  };
  assert.deepEqual(tasks[0]?.definition, TaskDefinitionSchema.parse({ name: 'lspmux', command: 'lspmux', ...given }));
  assert.equal(tasks[1]?.definition.title, 'db');
  assert.deepEqual(tasks[1]?.definition.env, { PGDATA: '/data' });
  assert.deepEqual(runner, { name: null, dataDir: null, shutdownTimeout: 30_000, keepRuns: 50, history: 16_777_216 });
  assert.equal(notes.length, 2);
  assert.equal(notes[0], 'dirigent.toml: "server" is no table of ours and is ignored');
});

test('a foreign table that looks like a slip is noted with what was meant', async () => {
  const { notes } = await loadText('[[task]]\nname = "a"\ncommand = "a"\n[runer]\n');
  assert.deepEqual(notes, [
    'dirigent.toml: "task" is no table of ours and is ignored; did you mean "tasks"?',
    'dirigent.toml: "runer" is no table of ours and is ignored; did you mean "runner"?',
  ]);
});

test('an empty file and no file at all are configurations without tasks', async () => {
  assert.deepEqual((await loadText('')).tasks, []);
  assert.deepEqual(await loadConfig({ files: [], env: {} }), {
    files: [],
    tasks: [],
    groups: [],
    runner: { name: null, dataDir: null, shutdownTimeout: 30_000, keepRuns: 50, history: 16_777_216 },
    api: { listen: null, allowDefine: false, allowedHosts: [] },
    notes: [],
  });
});

test('[runner] gives every task its defaults; env and log merge key by key and the task wins', async () => {
  const { tasks, runner } = await loadText(`
    [runner]
    name = "shop"
    data_dir = "var"
    shutdown_timeout = "1m"
    stop_timeout = "3s"
    env = { A = "runner", B = "runner" }
    log = { max_size = "1MiB", keep = 2 }
    [[tasks]]
    name = "web"
    command = "web"
    env = { B = "task" }
    log.keep = 9
    [[tasks]]
    name = "db"
    command = "db"
    stop_timeout = 5
  `);
  const [web, db] = tasks.map(({ definition }) => definition);
  assert.deepEqual(runner, { name: 'shop', dataDir: join(folder, 'var'), shutdownTimeout: 60_000, keepRuns: 50, history: 16_777_216 });
  assert.deepEqual(web?.env, { A: 'runner', B: 'task' });
  assert.deepEqual(web?.log, {
    maxSize: 1_048_576,
    keep: 9,
    compress: false,
    rotateEvery: 0,
    maxAge: 0,
    total: 524_288_000,
    combined: true,
  });
  assert.equal(web?.stopTimeout, 3_000);
  assert.equal(db?.stopTimeout, 5);
  assert.deepEqual(db?.env, { A: 'runner', B: 'runner' });
});

test('of two files the later one replaces a task whole, and merges [runner] key by key', async () => {
  const base = write(
    'base.toml',
    '[runner]\nstop_timeout = "3s"\nlog.keep = 1\n[[tasks]]\nname = "web"\ncommand = "old"\nargs = ["x"]\n[[tasks]]\nname = "db"\ncommand = "db"\n',
  );
  const over = write(
    'over.toml',
    '\n[[tasks]]\nname = "web"\ncommand = "new"\n[[tasks]]\nname = "extra"\ncommand = "extra"\n[runner]\nlog.total = "1GiB"\n',
  );
  const { tasks } = await loadConfig({ files: [base, 'over.toml'], env: {}, cwd: folder });
  assert.deepEqual(
    tasks.map(({ definition }) => definition.name),
    ['web', 'db', 'extra'],
  );
  const [web, db] = tasks;
  assert.deepEqual([web?.definition.command, web?.definition.args], ['new', []]);
  assert.deepEqual(web?.source, { file: over, line: 2 });
  assert.deepEqual([db?.definition.stopTimeout, db?.definition.log.keep, db?.definition.log.total], [3_000, 1, 1_073_741_824]);
});

test('case 53: a name that differs by case alone is refused across files too, naming both places', async () => {
  const base = write('base.toml', '[[tasks]]\nname = "Web"\ncommand = "a"\n');
  const over = write('over.toml', '\n[[tasks]]\nname = "web"\ncommand = "b"\n');
  const { problems } = await failureOf(loadConfig({ files: [base, over], env: {}, cwd: folder }));
  assert.equal(problems.length, 1);
  assert.deepEqual([problems[0]?.file, problems[0]?.line, problems[0]?.column], [over, 3, 8]);
  assert.match(problems[0]?.message ?? '', /got "web": tasks\[0\] at base\.toml:1 has "Web"/);
});

test('paths are relative to the file that names them; a command with a slash stays as it is', async () => {
  mkdirSync(join(folder, 'conf'), { recursive: true });
  const runnerFile = write(
    'conf/runner.toml',
    '[runner]\nenv_file = "base.env"\nenv = { TOKEN = { file = "token" } }\ndata_dir = "../data"\n',
  );
  const tasksFile = write(
    'tasks.toml',
    '[[tasks]]\nname = "a"\ncommand = "./bin/a"\n[[tasks]]\nname = "b"\ncommand = "b"\ncwd = "sub"\nenv_file = ["one.env", "/two.env"]\nenv.KEY = { file = "key" }\n',
  );
  const { tasks, runner } = await loadConfig({ files: [runnerFile, tasksFile], env: {}, cwd: folder });
  const [a, b] = tasks.map(({ definition }) => definition);
  assert.equal(runner.dataDir, join(folder, 'data'));
  assert.deepEqual([a?.command, a?.cwd, a?.envFile], ['./bin/a', folder, [join(folder, 'conf/base.env')]]);
  assert.deepEqual(b?.env, { TOKEN: { file: join(folder, 'conf/token') }, KEY: { file: join(folder, 'key') } });
  assert.deepEqual([b?.cwd, b?.envFile], [join(folder, 'sub'), [join(folder, 'one.env'), '/two.env']]);
});

test('a [[tasks]] inside a string or a comment does not count as a task', async () => {
  const { tasks } = await loadText(`# [[tasks]]
x = """
[[tasks]]
\\"""
[[tasks]]
"""
y = '''
[[tasks]]'''
  [[ tasks ]] # first
name = "a"
command = '[[tasks]]'
title = "a \\" [[tasks]]"\r
\r
[[tasks]]\r
name = "b"\r
command = "b"\r
`);
  assert.deepEqual(
    tasks.map(({ source }) => source.line),
    [9, 14],
  );
});

test('tasks written as one list of inline tables load, and stand where the list does', async () => {
  const { tasks } = await loadText('# list\ntasks = [{ name = "a", command = "a" }, { name = "b", command = "b" }]\n');
  assert.deepEqual(
    tasks.map(({ definition, source }) => [definition.name, source.line]),
    [
      ['a', 2],
      ['b', 2],
    ],
  );
});

test('case 55: names that objects have of their own are names like any other', async () => {
  const { tasks } = await loadText(
    ['constructor', 'toString', 'hasOwnProperty']
      .map((name) => `[[tasks]]\nname = "${name}"\ncommand = "x"\nenv.constructor = "1"\n`)
      .join(''),
  );
  assert.deepEqual(
    tasks.map(({ definition }) => definition.name),
    ['constructor', 'toString', 'hasOwnProperty'],
  );
  assert.deepEqual(Object.entries(tasks[0]?.definition.env ?? {}), [['constructor', '1']]);
});
