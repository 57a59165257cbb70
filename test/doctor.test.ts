/** What `diagnose` finds, fault by fault: each is planted, in a machine that is given or in real files and processes, and nothing else is found. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { thisMachine, type Machine } from '../src/doctor/machine.ts';
import { diagnose } from '../src/doctor.ts';
import { TaskRunner, loadConfig, type Finding } from '../src/index.ts';
import { atEnd } from './rig/cleanup.ts';
import { startLiveHost } from './rig/child.ts';
import { openRunner, tempDir } from './rig/project.ts';
import { shimOf } from './rig/processes.ts';
import { daemon, runOnce, startUntil } from './rig/puppets.ts';

const NOTHING = { tasks: [] };
const HEALTHY: Machine = {
  ...thisMachine(process.env),
  nodeVersion: '22.1.0',
  descriptorLimit: () => 1_000,
  hasProgram: () => true,
  free: () => ({ bytes: 2 ** 40, inodes: null }),
};

/** What is not as it should be. */
async function troubles(dataDir: string | null, machine: Machine = HEALTHY, tasks: Parameters<typeof diagnose>[0]['config']['tasks'] = []) {
  const findings = await diagnose({ dataDir, config: { tasks } }, machine);
  return findings.filter(({ health }) => health !== 'ok');
}

/** Exactly one thing is wrong, and that is this. */
function assertOne(found: readonly Finding[], check: string, health: Finding['health'], message: RegExp, advice: RegExp): void {
  assert.deepEqual(
    found.map((finding) => [finding.check, finding.health]),
    [[check, health]],
    JSON.stringify(found),
  );
  assert.match(found[0]?.message ?? '', message);
  assert.match(found[0]?.advice ?? '', advice);
}

async function tasksOf(t: TestContext, toml: string) {
  const file = join(tempDir(t), 'dirigent.toml');
  writeFileSync(file, toml, { mode: 0o600 });
  return (await loadConfig({ files: [file], env: {} })).tasks;
}

const faults: readonly (readonly [
  title: string,
  fault: Partial<Machine>,
  check: string,
  health: Finding['health'],
  says: RegExp,
  advice: RegExp,
])[] = [
  ['a Node.js that is too old', { nodeVersion: '20.18.9' }, 'node', 'fail', /20\.18\.9/, /20\.19/],
  ['Windows', { platform: 'win32' }, 'platform', 'fail', /Windows/, /WSL/],
  ['a system that is not tested', { platform: 'darwin' }, 'platform', 'warn', /darwin/, /Linux/],
  ['too few descriptors for a runner', { descriptorLimit: () => 64 }, 'descriptors', 'fail', /64 files/, /ulimit -Hn 206/],
  [
    'too few descriptors for all tasks',
    { descriptorLimit: () => 205 },
    'descriptors',
    'warn',
    /all tasks at once need 206/,
    /LimitNOFILE=206/,
  ],
  ['no flock', { hasProgram: (name) => name !== 'flock' }, 'programs', 'fail', /no flock/, /util-linux/],
  ['no mkfifo', { hasProgram: (name) => name !== 'mkfifo' }, 'programs', 'fail', /no mkfifo/, /coreutils/],
  ['no shell for a task', { hasProgram: (name) => name !== 'sh' }, 'programs', 'fail', /no sh/, /shell = true/],
  ['no nice for a task', { hasProgram: (name) => name !== 'nice' }, 'programs', 'fail', /no nice/, /coreutils/],
  [
    'no setpriv for a task of another user',
    { uid: 0, hasProgram: (name) => name !== 'setpriv' },
    'programs',
    'warn',
    /no setpriv/,
    /groups/,
  ],
  ['a task of another user without root', { uid: 1000 }, 'user', 'warn', /web: user is set/, /as root/],
  [
    'no systemd-notify where systemd waits',
    { env: { NOTIFY_SOCKET: '/run/x' }, hasProgram: (name) => name !== 'systemd-notify' },
    'programs',
    'warn',
    /no systemd-notify/,
    /Type=exec/,
  ],
  ['a clock that was never set', { now: new Date(0) }, 'clock', 'warn', /1970/, /timedatectl/],
  ['no /proc', { bootId: null }, 'clock', 'fail', /boot/, /mount \/proc/],
];

for (const [title, fault, check, health, says, advice] of faults)
  test(`${title} is found, and nothing else is`, async (t) => {
    const tasks = await tasksOf(t, '[[tasks]]\nname = "web"\ncommand = "true"\nshell = true\nnice = 3\nuser = "app"\n');
    assertOne(await troubles(null, { ...HEALTHY, uid: 0, ...fault }, tasks), check, health, says, advice);
  });

test('what no task asks for need not be there', async () => {
  assert.deepEqual(await troubles(null, { ...HEALTHY, uid: 1000, hasProgram: (name) => ['flock', 'mkfifo'].includes(name) }), []);
});

test('a data directory that is not there is well, and is not made', async (t) => {
  const dir = join(tempDir(t), 'a', 'b');
  assert.deepEqual(await troubles(dir), []);
  assert.equal(existsSync(dir), false);
});

test('a data directory that others may write, or that is a link, is a failure, and one that others may read a warning', async (t) => {
  const dir = tempDir(t);
  chmodSync(dir, 0o777);
  assertOne(await troubles(dir), 'data directory', 'fail', /writable by others/, /chmod 700/);
  chmodSync(dir, 0o750);
  assertOne(await troubles(dir), 'data directory', 'warn', /mode 750/, /chmod 700/);
  const link = join(tempDir(t), 'link');
  symlinkSync(dir, link);
  assert.equal((await troubles(link))[0]?.health, 'fail');
});

test('a folder in the data directory that others may write is a failure', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'run'));
  chmodSync(join(dir, 'run'), 0o777);
  assertOne(await troubles(dir), 'data directory', 'fail', /run is writable by others/, /chmod 700/);
});

test('a disk that is nearly full is a warning, and a full one a failure', async (t) => {
  const dir = tempDir(t);
  const withFree = (bytes: number, inodes: number | null): Machine => ({ ...HEALTHY, free: () => ({ bytes, inodes }) });
  assertOne(await troubles(dir, withFree(100 * 2 ** 20, 1e6)), 'space', 'warn', /100 MiB/, /log\.total/);
  assertOne(await troubles(dir, withFree(2 ** 20, 1e6)), 'space', 'fail', /1 MiB/, /log\.total/);
  assertOne(await troubles(dir, withFree(2 ** 40, 3)), 'space', 'fail', /3 files/, /remove files/);
});

test("a path that is too long for a socket moves it to the runtime folder, and is a failure where that one's is too long as well", async (t) => {
  const dir = join(tempDir(t), 'd'.repeat(100));
  mkdirSync(dir, { mode: 0o700 });
  const withRuntime = (path: string): Machine => ({ ...HEALTHY, env: { XDG_RUNTIME_DIR: path } });
  assert.deepEqual(await troubles(dir, withRuntime(tempDir(t))), []);
  assertOne(await troubles(dir, withRuntime(join(tempDir(t), 'r'.repeat(100)))), 'sockets', 'fail', /at most 107/, /XDG_RUNTIME_DIR/);
});

test('state files that are damaged, of a newer version or of another time are found', async (t) => {
  const dir = tempDir(t);
  const runner = await TaskRunner.open({ dataDir: dir, tasks: { web: { command: 'true' } } });
  await runOnce(runner, 'web');
  await runner.close();
  assert.deepEqual(await troubles(dir), []);
  const early = { ...HEALTHY, now: new Date('2025-06-01') };
  assertOne(await troubles(dir, early), 'clock', 'warn', /web started at/, /set the clock/);
  const record = join(dir, 'tasks/web/run.json');
  writeFileSync(record, '{');
  assertOne(await troubles(dir), 'state', 'warn', /^web: /, /writes it anew/);
  rmSync(record);
  writeFileSync(join(dir, 'tasks.json'), '{"version":99,"tasks":[]}', { mode: 0o600 });
  assertOne(await troubles(dir), 'state', 'fail', /version 99/, /tasks\.json/);
});

test('a live runner is named with its companion, and is not disturbed', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await startUntil(runner, 'web');
  const { dataDir } = runner.paths;
  const findings = await diagnose({ dataDir, config: NOTHING }, HEALTHY);
  assert.deepEqual(
    findings.filter(({ check }) => check === 'lock' || check === 'daemon').map(({ health, message }) => [health, message]),
    [
      ['ok', `process ${process.pid} is its runner, process ${shimOf(dataDir)} its companion`],
      ['ok', 'the runner has no control socket: it is no daemon'],
    ],
  );
  assert.equal(runner.getTask('web').status.state, 'running');
});

test('a control socket that answers is well, and one that was left is a warning', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'run'), { mode: 0o700 });
  const path = join(dir, 'run/dirigent.sock');
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, 'listening');
  assert.deepEqual(await troubles(dir), []);
  renameSync(path, `${path}.kept`); // closing would remove it
  server.close();
  await once(server, 'close');
  renameSync(`${path}.kept`, path);
  assertOne(await troubles(dir), 'daemon', 'warn', /left by a daemon/, /replaces it/);
});

test('a companion without a runner is found, and so is a process that is left without either', async (t) => {
  const dir = tempDir(t);
  const host = startLiveHost(
    t,
    `const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dir)}, tasks: { web: { command: 'sleep', args: ['1000'], onSupervisorCrash: 'keep' } } });
    await runner.start('web');
    console.log(runner.getTask('web').runId);
    await stdinEnd;`,
  );
  const run = await host.line();
  await host.kill();
  const shim = shimOf(dir);
  assertOne(await troubles(dir), 'lock', 'warn', new RegExp(`process ${shim}, a companion`), /goes on with them/);

  const runner = await TaskRunner.open({ dataDir: dir });
  await runner.stop('web');
  await runner.close();
  assert.deepEqual(await troubles(dir), []);
  assert.match(readFileSync(join(dir, 'tasks/web/run.json'), 'utf8'), new RegExp(run));
  const left = spawn('sleep', ['1000'], { env: { ...process.env, DIRIGENT_RUN: run } });
  atEnd(t, () => left.kill('SIGKILL'));
  await once(left, 'spawn');
  assertOne(await troubles(dir), 'leftovers', 'warn', new RegExp(`process ${left.pid} of web is left \\(sleep 1000\\)`), /kill/);
});

test('nothing is made or changed', async (t) => {
  const dir = tempDir(t);
  await diagnose({ dataDir: dir, config: NOTHING });
  assert.deepEqual(readdirSync(dir), []);
});
