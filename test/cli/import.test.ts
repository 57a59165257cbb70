/** `dirigent import`: what comes of a Procfile and of pm2's ecosystem files, that it loads and runs, and what is said of the rest. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig, type ResolvedTask } from '../../src/index.ts';
import { Project } from './rig.ts';

/** The definitions of an imported file, by name. */
async function load(project: Project, file = 'dirigent.toml'): Promise<Map<string, ResolvedTask>> {
  const { tasks } = await loadConfig({ files: [file], env: {}, cwd: project.dir });
  return new Map(tasks.map(({ definition }) => [definition.name, definition]));
}

function one(tasks: ReadonlyMap<string, ResolvedTask>, name: string): ResolvedTask {
  const task = tasks.get(name);
  assert.ok(task !== undefined, `there is no ${name} among ${[...tasks.keys()].join(', ')}`);
  return task;
}

test('a Procfile becomes tasks that load and run, and PORT, release and lines that are none are said', async (t) => {
  const project = new Project(t);
  project.write('.env', 'GREETING=hello\n');
  project.write('Procfile', '# ours\nweb: echo "$GREETING ${WHO:-world}"\napi_2: serve -p $PORT\n\nrelease: migrate\nnonsense\n');
  const { code, stdout, stderr } = await project.run(['import', 'Procfile', '--output', 'dirigent.toml']);
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /^line 6 is no "name: command" and is left out$/m);
  assert.match(stderr, /^api_2: PORT is not set: foreman gives each process one/m);
  assert.match(stderr, /^release: Heroku runs release once/m);
  const tasks = await load(project);
  assert.deepEqual([...tasks.keys()], ['web', 'api_2', 'release']);
  assert.deepEqual([one(tasks, 'web').shell, one(tasks, 'web').runAtStartup, one(tasks, 'release').runAtStartup], [true, true, false]);
  assert.equal(one(tasks, 'web').command, 'echo "$GREETING ${WHO:-world}"');
  assert.match(project.read('dirigent.toml'), /^# PORT is not set/m);
  const ran = await project.run(['up', 'web', '--data-dir', 'data', '--exit-code-from', 'web', '--no-prefix']);
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /^hello world$/m);
});

const ECOSYSTEM = `console.log('loading');
module.exports = {
  apps: [{
    name: 'my api', script: 'server.js', args: '--port 80 "a b"', node_args: '--no-warnings', cwd: './app', instances: 2,
    env: { GREETING: 'hello', COUNT: 3, ON: true, RAW: '\${HOME}' }, env_production: { GREETING: 'bye' }, env_file: '.env', port: 8080,
    max_restarts: 7, min_uptime: 5000, restart_delay: 3000, max_memory_restart: '300M', kill_timeout: 3000,
    watch: ['src', 'conf/*.json'], ignore_watch: ['x'], cron_restart: '0 3 * * *', wait_ready: true, time: true, out_file: 'o.log', namespace: 'the back',
  }, {
    name: 'My-API', script: 'job.sh', autorestart: false, user: 'app', gid: 'www', max_memory_restart: 1000, instances: 'max',
  }, {
    script: './tool', interpreter: 'none', args: ['x', 1], exp_backoff_restart_delay: 100, stop_exit_codes: [3], watch: true, uid: 12,
  }, {
    script: 'npm', args: "run 'the start'", exec_mode: 'fork', kill_timeout: 'soon', odd: 1,
  }],
  deploy: {},
};
`;

test("pm2's ecosystem file becomes tasks that load, key by key", async (t) => {
  const project = new Project(t);
  mkdirSync(join(project.dir, 'app'));
  project.write('ecosystem.config.js', ECOSYSTEM);
  const { code, stdout } = await project.run(['import', 'ecosystem.config.js']);
  assert.equal(code, 0);
  project.write('app/.env', '');
  project.write('dirigent.toml', stdout);
  const tasks = await load(project);
  assert.deepEqual([...tasks.keys()], ['my-api', 'My-API.2', 'tool', 'npm']);

  const api = one(tasks, 'my-api');
  assert.deepEqual([api.command, ...api.args], ['node', '--no-warnings', 'server.js', '--port', '80', 'a b']);
  assert.deepEqual(api.env, { PORT: '8080', GREETING: 'hello', COUNT: '3', ON: 'true', RAW: '${HOME}' });
  assert.deepEqual(
    { ...api, cwd: undefined },
    {
      ...api,
      cwd: undefined,
      instances: 2,
      runAtStartup: true,
      restart: 'always',
      maxRestarts: 7,
      restartReset: 5_000,
      restartDelay: 3_000,
      restartMaxDelay: 3_000,
      maxMemory: 300 * 2 ** 20,
      stopSignal: 'SIGINT',
      stopTimeout: 3_000,
      schedule: '0 3 * * *',
      overlap: 'restart',
      group: 'the-back',
    },
  );
  assert.equal(api.cwd, join(project.dir, 'app'));
  assert.deepEqual(
    api.watch.map((glob) => glob.replace(`${project.dir}/`, '')),
    ['app/src', 'app/conf/*.json'],
  );

  const job = one(tasks, 'My-API.2');
  assert.deepEqual([job.command, ...job.args, job.restart, job.user, job.instances], ['bash', 'job.sh', 'never', 'app:www', 1]);
  const tool = one(tasks, 'tool');
  assert.deepEqual([tool.command, ...tool.args, tool.user], ['./tool', 'x', '1', '12']);
  assert.deepEqual([tool.restart, tool.successExitCodes], ['on-failure', [3]]);
  assert.deepEqual([tool.restartDelay, tool.restartMaxDelay, tool.restartReset], [100, 15_000, 30_000]);
  assert.deepEqual([one(tasks, 'npm').command, ...one(tasks, 'npm').args], ['npm', 'run', 'the start']);
});

test('what cannot be carried over is one line each on stderr, and a comment before its task', async (t) => {
  const project = new Project(t);
  project.write('ecosystem.config.cjs', ECOSYSTEM);
  const { stdout, stderr } = await project.run(['import', 'ecosystem.config.cjs']);
  const said = [
    'deploy is not carried over',
    'my-api: its name was "my api"',
    'my-api: cluster mode is not carried over',
    'my-api: NODE_APP_INSTANCE is DIRIGENT_INSTANCE',
    'my-api: min_uptime is restart_reset',
    'my-api: cron_restart is schedule',
    'my-api: env_production is not carried over: make a second file',
    'my-api: ignore_watch is not carried over',
    'my-api: wait_ready is not carried over: process.send',
    'my-api: time is not carried over: dirigent logs -t',
    'my-api: out_file is not carried over',
    'My-API.2: its name was "My-API"',
    'My-API.2: max_memory_restart = 1000 is not carried over',
    'My-API.2: cluster mode is not carried over',
    'My-API.2: instances = "max" is not carried over',
    'tool: watch is not carried over: name what is watched',
    'npm: stop_timeout is not set: "soon" is no duration',
    'npm: odd is not carried over',
  ];
  const lines = stderr.trimEnd().split('\n');
  assert.deepEqual(
    said.filter((start) => !lines.some((line) => line.startsWith(start))),
    [],
  );
  assert.equal(lines.length, said.length, stderr);
  assert.equal((stdout.match(/^# /gm) ?? []).length, said.length + 1);
  assert.match(stdout, /^# Cron_restart is schedule[^]*?\[\[tasks\]\]\nname = "my-api"/m);
});

test('an imported app runs: the arguments, the folder and the variables are those it had', async (t) => {
  const project = new Project(t);
  mkdirSync(join(project.dir, 'app'));
  project.write('app/job.js', 'console.log(process.argv.slice(2).join(), process.env.GREETING, process.cwd());\n');
  project.write('pm2.json', JSON.stringify([{ script: 'job.js', cwd: 'app', args: 'a b', autorestart: false, env: { GREETING: 'hi' } }]));
  mkdirSync(join(project.dir, 'conf'));
  await project.run(['import', 'pm2.json', '--output', 'conf/dirigent.toml']);
  assert.equal(statSync(join(project.dir, 'conf/dirigent.toml')).mode & 0o777, 0o600);
  const { code, stdout } = await project.run(['up', '--config', 'conf/dirigent.toml', '--data-dir', 'data', '--no-prefix']);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^a,b hi ${project.dir}/app$`, 'm'));
});

test('names that are taken, also by an instance, are given a number', async (t) => {
  const project = new Project(t);
  const apps = [{ name: 'web', instances: 2 }, { name: 'web-2' }, { name: 'WEB' }, { name: '@x/y' }];
  project.write('pm2.json', JSON.stringify({ apps: apps.map((app) => ({ ...app, script: 'a.js' })) }));
  await project.run(['import', 'pm2.json', '--output', 'dirigent.toml']);
  assert.deepEqual([...(await load(project)).keys()], ['web', 'web-2.2', 'WEB.2', 'x-y']);
});

test('a module, one app alone and a default export are read as well', async (t) => {
  const project = new Project(t);
  project.write('one.config.mjs', "export default { name: 'one', script: './one.py' };\n");
  const { code, stdout } = await project.run(['import', 'one.config.mjs']);
  assert.equal(code, 0);
  project.write('dirigent.toml', stdout);
  assert.deepEqual([one(await load(project), 'one').command, one(await load(project), 'one').args], ['python3', ['./one.py']]);
});

test('what is no such file is refused with 78 and one line, and a file that is there is not overwritten', async (t) => {
  const project = new Project(t);
  project.write('Procfile', 'web: true\n');
  project.write('empty.json', '{}');
  project.write('broken.json', '{');
  project.write('throws.js', "throw new Error('no luck');\n");
  project.write('prose', 'nothing here\n');
  project.write('apps.yml', 'apps: []\n');
  for (const [file, message] of [
    ['gone.json', /gone\.json cannot be read/],
    ['empty.json', /a list of apps/],
    ['broken.json', /expected JSON/],
    ['throws.js', /cannot be loaded: Error: no luck/],
    ['prose', /expected a Procfile/],
    ['apps.yml', /YAML is not read/],
  ] as const) {
    const { code, stdout, stderr } = await project.run(['import', file]);
    assert.deepEqual([code, stdout], [78, ''], file);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }
  project.write('dirigent.toml', '# mine\n');
  const { code, stderr } = await project.run(['import', 'Procfile', '--output', 'dirigent.toml']);
  assert.equal(code, 2);
  assert.match(stderr, /dirigent\.toml is there already/);
  assert.equal(readFileSync(join(project.dir, 'dirigent.toml'), 'utf8'), '# mine\n');
  assert.equal(existsSync(join(project.dir, 'data')), false);
});
