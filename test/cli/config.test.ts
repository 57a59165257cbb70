/** `dirigent config`: what it says of a right configuration, and of a wrong one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/index.ts';
import { Project, shellTask } from './rig.ts';

const MISTAKES = `[[tasks]]
name = "web"
comand = "web"

[[tasks]]
name = "../db"
command = "db"
stop_timeout = "soon"

[[tasks]]
name = "web"
command = ""
run_at_startup = "yes"
`;

test('check counts the tasks of a right configuration', async (t) => {
  const project = new Project(t, shellTask('a', 'true') + shellTask('b', 'true'));
  assert.deepEqual(await project.run(['config', 'check']), { code: 0, stdout: 'dirigent.toml: 2 tasks, no problems\n', stderr: '' });
});

test('check tells all of five mistakes and more with their places, and ends with 78', async (t) => {
  const { code, stdout, stderr } = await new Project(t, MISTAKES).run(['config', 'check']);
  assert.equal(code, 78);
  assert.equal(stdout, '');
  assert.match(stderr, /^dirigent: \d+ problems in the configuration$/m);
  for (const path of [
    /tasks\[0\].*comand/,
    /tasks\[1\]\.name/,
    /tasks\[1\]\.stop_timeout/,
    /tasks\[2\]\.name/,
    /tasks\[2\]\.command/,
    /tasks\[2\]\.run_at_startup/,
  ]) {
    assert.match(stderr, new RegExp(`^dirigent\\.toml:\\d+:\\d+: .*${path.source}`, 'm'));
  }
});

test('no other verb starts anything on a wrong configuration', async (t) => {
  const project = new Project(t, MISTAKES);
  for (const verb of ['up', 'ps']) assert.equal((await project.run([verb])).code, 78, verb);
});

test('tables that are not ours are noted by check', async (t) => {
  const { code, stderr } = await new Project(t, '[other]\nx = 1\n').run(['config', 'check']);
  assert.equal(code, 0);
  assert.match(stderr, /^note: dirigent\.toml: .*other/);
});

test('no configuration is a problem where it is asked about', async (t) => {
  const { code, stderr } = await new Project(t).run(['config', 'check', '--config', 'gone.toml']);
  assert.equal(code, 78);
  assert.match(stderr, /gone\.toml/);
});

test('show fills the defaults in, writes quantities as people do, and keeps the values of the environment to itself', async (t) => {
  const project = new Project(
    t,
    shellTask('a', 'true', 'env = { TOKEN = "secret" }\nstop_timeout = 1500\nlog = { max_size = 2000, rotate_every = 86400000 }'),
  );
  const { code, stdout } = await project.run(['config', 'show']);
  assert.equal(code, 0);
  assert.match(stdout, /^# dirigent\.toml:3\n\[\[tasks\]\]\nname = "a"$/m);
  assert.match(stdout, /^stop_timeout = "1500ms"$/m);
  assert.match(stdout, /^drain_timeout = "2s"$/m);
  assert.match(
    stdout,
    /^log = \{ max_size = "2000B", keep = 5, compress = false, rotate_every = "1d", max_age = "", total = "500MiB", combined = true \}$/m,
  );
  assert.match(stdout, /^# env: TOKEN \(values are not shown\)$/m);
  assert.ok(!stdout.includes('secret'));
});

test('what show prints is a configuration that comes to the same', async (t) => {
  const project = new Project(
    t,
    shellTask('a', String.raw`printf "\t\"x\"" | cat`, 'args = ["é", "a\\tb"]\nenv_inherit = ["PATH", "LC_*"]'),
  );
  const { stdout } = await project.run(['config', 'show']);
  const shown = project.write('shown.toml', stdout);
  const [first, second] = await Promise.all(
    ['dirigent.toml', shown].map((file) => loadConfig({ files: [file], env: {}, cwd: project.dir })),
  );
  assert.deepEqual(
    second?.tasks.map(({ definition }) => definition),
    first?.tasks.map(({ definition }) => definition),
  );
  assert.deepEqual(second?.runner, first?.runner);
});

test('show tells of [api], and what it prints comes to the same', async (t) => {
  const project = new Project(t, '[api]\nlisten = "[::1]:7411"\nallow_define = true\nallowed_hosts = ["tasks.example"]\n');
  const { stdout } = await project.run(['config', 'show']);
  assert.match(stdout, /^\[api\]\nlisten = "\[::1\]:7411"\nallow_define = true\nallowed_hosts = \["tasks.example"\]\n/m);
  const { api } = await loadConfig({ files: [project.write('shown.toml', stdout)], env: {}, cwd: project.dir });
  assert.deepEqual(api, { listen: '[::1]:7411', allowDefine: true, allowedHosts: ['tasks.example'] });
  const asJson = JSON.parse((await project.run(['config', 'show', '--json'])).stdout) as { api: unknown };
  assert.deepEqual(asJson.api, api);
});

test('what show prints of groups, dependencies and instances comes to the same', async (t) => {
  const groups = '[[groups]]\nname = "g"\nstrategy = "rest_for_one"\nmax_restarts = "unlimited"\nrestart_window = "90s"\n';
  const web = shellTask('web', 'true', 'group = "g"\ndepends_on = ["worker", { task = "worker-2", until = "running" }]');
  const project = new Project(t, `${groups}${web}${shellTask('worker', 'true', 'instances = 3')}`);
  const { stdout } = await project.run(['config', 'show']);
  assert.match(
    stdout,
    /^# dirigent\.toml:3\n\[\[groups\]\]\nname = "g"\nstrategy = "rest_for_one"\nmax_restarts = "unlimited"\nrestart_window = "90s"$/m,
  );
  assert.match(stdout, /^depends_on = \[\{ task = "worker", until = "ready" \}, \{ task = "worker-2", until = "running" \}\]$/m);
  const shown = project.write('shown.toml', stdout);
  const [first, second] = await Promise.all(
    ['dirigent.toml', shown].map((file) => loadConfig({ files: [file], env: {}, cwd: project.dir })),
  );
  for (const list of ['tasks', 'groups'] as const) {
    assert.deepEqual(
      second?.[list].map(({ definition }) => definition),
      first?.[list].map(({ definition }) => definition),
    );
  }
  const { groups: asJson } = JSON.parse((await project.run(['config', 'show', '--json'])).stdout) as { groups: unknown };
  assert.deepEqual(asJson, [{ name: 'g', strategy: 'rest_for_one', maxRestarts: 'unlimited', restartWindow: '90s' }]);
});

test('show --json is one document, keys as in code', async (t) => {
  const { stdout } = await new Project(t, shellTask('a', 'true', 'env = { TOKEN = "secret" }')).run(['config', 'show', '--json']);
  const { tasks, runner } = JSON.parse(stdout) as { tasks: readonly Record<string, unknown>[]; runner: Record<string, unknown> };
  assert.equal(tasks[0]?.['stopTimeout'], '10s');
  assert.deepEqual(tasks[0]['env'], ['TOKEN']);
  assert.equal(runner['shutdownTimeout'], '30s');
});

test('schema is the JSON Schema, and needs no configuration', async (t) => {
  const { code, stdout } = await new Project(t).run(['config', 'schema']);
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as { $schema: string }).$schema, 'https://json-schema.org/draft/2020-12/schema');
});
