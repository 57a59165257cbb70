/** `dirigent service`: the unit it writes, which systemd's own checker reads, what it asks systemd for, and what it refuses to touch. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { unitText } from '../../src/cli/systemd/unit.ts';
import { MAIN, Project, shellTask } from './rig.ts';

const UNIT = 'dirigent-web.service';

/** A project with a `systemctl` that notes what it is asked, and does as if it had done it. */
function createProject(t: TestContext): { readonly project: Project; readonly env: NodeJS.ProcessEnv; readonly file: string } {
  const project = new Project(t, `name = "web"\nshutdown_timeout = "45500ms"\n${shellTask('a', 'true')}`);
  mkdirSync(join(project.dir, 'bin'));
  project.write('bin/systemctl', `#!/bin/sh\necho "$@" >> '${project.dir}/asked'\n`);
  chmodSync(join(project.dir, 'bin/systemctl'), 0o755);
  const env = { PATH: `${project.dir}/bin:${process.env['PATH']}`, XDG_CONFIG_HOME: join(project.dir, 'config') };
  return { project, env, file: join(project.dir, 'config/systemd/user', UNIT) };
}

test('install writes what --print shows, enables it, and says how to undo it; uninstall does', async (t) => {
  const { project, env, file } = createProject(t);
  const printed = await project.run(['service', 'install', '--user', '--print'], env);
  assert.deepEqual([printed.code, printed.stderr, existsSync(file)], [0, '', false]);

  const { code, stdout, stderr } = await project.run(['service', 'install', '--user', '--now'], env);
  assert.deepEqual([code, stdout], [0, '']);
  assert.equal(readFileSync(file, 'utf8'), printed.stdout);
  assert.match(stderr, new RegExp(`^wrote ${file}, and enabled it and started it$`, 'm'));
  assert.match(stderr, /^undo it: dirigent service uninstall --user$/m);
  assert.match(stderr, /loginctl enable-linger/);
  assert.equal(project.read('asked'), `--user show-environment\n--user daemon-reload\n--user enable --now ${UNIT}\n`);
  assert.equal((await project.run(['service', 'install', '--user'], env)).code, 0, 'one of its own is written anew');

  const undone = await project.run(['service', 'uninstall', '--user'], env);
  assert.equal(undone.code, 0);
  assert.match(undone.stderr, /^stopped and disabled dirigent-web\.service, and removed /);
  assert.equal(existsSync(file), false);
  assert.match(project.read('asked'), new RegExp(`--user disable --now ${UNIT}\n--user daemon-reload\n$`));
  assert.equal((await project.run(['service', 'uninstall', '--user'], env)).code, 2, 'there is nothing to remove any more');
});

test('the unit names absolute paths, stops tasks by a command and leaves them alone in a crash', async (t) => {
  const { project, env } = createProject(t);
  const { stdout } = await project.run(['service', 'install', '--user', '--print'], env);
  const where = `"--config" "${project.dir}/dirigent.toml" "--data-dir" "${project.dir}/data"`;
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'KillMode=process',
    'Restart=on-failure',
    `ExecStart="${process.execPath}" "${MAIN}" "serve" ${where}`,
    `ExecStop="${process.execPath}" "${MAIN}" "down" ${where}`,
    `WorkingDirectory=${project.dir}`,
    'TimeoutStopSec=61',
    'WantedBy=default.target',
  ])
    assert.ok(stdout.split('\n').includes(line), `${line} is not in\n${stdout}`);
  const system = await project.run(['service', 'install', '--system', '--print', '--name', 'other'], env);
  assert.match(system.stdout, /^WantedBy=multi-user\.target$/m);
});

const HOSTILE = {
  description: '100% of it',
  node: '/opt/node 20%/bin/node',
  main: '/srv/my "app"/main.js',
  config: ['/srv/$HOME/a b.toml'],
  dataDir: String.raw`/srv/back\slash`,
  workingDirectory: '/srv/a b/100%',
  path: '/usr/bin:/a b/$x%',
  shutdownTimeoutMs: 1_000,
  scope: 'user',
} as const;

test('spaces, quotes, percent, dollar and backslash come out as systemd reads them back', () => {
  const lines = unitText(HOSTILE).split('\n');
  const expected = String.raw`ExecStart="/opt/node 20%%/bin/node" "/srv/my \"app\"/main.js" "serve" "--config" "/srv/$$HOME/a b.toml" "--data-dir" "/srv/back\\slash"`;
  assert.ok(lines.includes(expected), lines.join('\n'));
  assert.ok(lines.includes('WorkingDirectory=/srv/a b/100%%'));
  assert.ok(lines.includes('Environment="PATH=/usr/bin:/a b/$x%%"'));
  assert.ok(lines.includes('Description=100%% of it'));
  assert.throws(() => unitText({ ...HOSTILE, dataDir: '/srv/a\nExecStart=/bin/evil' }), /control characters/);
  assert.throws(() => unitText({ ...HOSTILE, node: '/opt/"node"' }), /quotes/);
});

test("systemd's own checker finds nothing in it, also with hostile paths, and finds a planted mistake", async (t) => {
  if (spawnSync('systemd-analyze', ['--version']).error !== undefined) return t.skip('systemd-analyze is not installed');
  const { project, env } = createProject(t);
  const verify = (text: string): string => {
    const file = project.write(UNIT, text);
    const { stdout, stderr } = spawnSync('systemd-analyze', ['--user', 'verify', '--man=no', file], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: project.dir },
    });
    return `${stdout}${stderr}`;
  };
  const { stdout } = await project.run(['service', 'install', '--user', '--print'], env);
  assert.equal(verify(stdout), '');
  assert.match(verify(stdout.replace('KillMode=process', 'KillMode=odd')), /odd/);
  const folder = join(project.dir, 'a b 100% $HOME');
  mkdirSync(folder);
  writeFileSync(join(folder, 'node'), '', { mode: 0o755 });
  const hostile = { ...HOSTILE, node: join(folder, 'node'), workingDirectory: folder };
  assert.equal(verify(unitText(hostile)), '');
  // The program is found: so its path was read as it is.
  return assert.match(verify(unitText({ ...hostile, node: join(folder, 'gone') })), /gone/);
});

test('without systemd there is one clear error, and nothing is written', async (t) => {
  const { project, env, file } = createProject(t);
  const { code, stderr } = await project.run(['service', 'install', '--user'], { ...env, PATH: '/nowhere' });
  assert.equal(code, 1);
  assert.match(stderr, /^dirigent: systemd did not do "systemctl --user show-environment": there is no systemctl in PATH; .*\n$/);
  project.write('bin/systemctl', '#!/bin/sh\necho "Failed to connect to bus" >&2; exit 1\n');
  const refused = await project.run(['service', 'install', '--user'], env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^dirigent: .*: Failed to connect to bus; .*\n$/);
  assert.equal(existsSync(file), false);
});

test("a unit of another project, or of somebody's own making, is not touched", async (t) => {
  const { project, env, file } = createProject(t);
  await project.run(['service', 'install', '--user'], env);
  const before = readFileSync(file, 'utf8');
  for (const verb of ['install', 'uninstall']) {
    const { code, stderr } = await project.run(['service', verb, '--user', '--data-dir', 'elsewhere'], env);
    assert.equal(code, 2);
    assert.match(stderr, /was not made for .*elsewhere; give another --name/);
  }
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('one of --user and --system is wanted, and no more', async (t) => {
  const { project, env } = createProject(t);
  for (const flags of [[], ['--user', '--system']]) {
    const { code, stderr } = await project.run(['service', 'install', '--print', ...flags], env);
    assert.equal(code, 2, flags.join(' '));
    assert.match(stderr, /--user.*--system/);
  }
});
