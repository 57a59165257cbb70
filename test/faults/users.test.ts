/** Tasks that run as another user, and at another priority: who they are, what they reach, and what is said where it cannot be. Needs root, as changing the user does. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskDefinition, TaskFailure } from '../../src/index.ts';
import { Host, HostError } from '../rig/host.ts';
import { sh, tempDir, wholeLog } from '../rig/project.ts';
import { daemon, startUntil } from '../rig/puppets.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

const NOBODY = 65534;
/** A user without further groups, for whom the system call is enough; and one who keeps his own group beside the one given. */
const USERS = ['nobody', 'nobody:daemon'] as const;

type Definition = Omit<TaskDefinition, 'name'>;

async function outputOf(definition: Definition): Promise<string> {
  const name = newName();
  await shared().register({ name, ...definition });
  const { exitCode, tail } = await shared().run(name);
  assert.equal(exitCode, 0, tail);
  return wholeLog(shared(), name, 'stdout').toString();
}

async function failureOf(definition: Definition): Promise<TaskFailure> {
  const name = newName();
  await shared().register({ name, ...definition });
  await assert.rejects(shared().start(name), { code: 'TASK_START_FAILED' });
  const { status } = shared().getTask(name);
  assert.ok(status.state === 'failed');
  return status.error;
}

test('a task with a user has its ids and its supplementary groups, and none of ours', async () => {
  const ids = sh('id -u; id -g; id -G');
  const own =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('nobody:'))
      ?.split(':')[3] ?? '';
  assert.equal(await outputOf({ ...ids, user: 'nobody' }), `${NOBODY}\n${own}\n${own}\n`);
  assert.equal(await outputOf({ ...ids, user: `${NOBODY}` }), `${NOBODY}\n${own}\n${own}\n`);
  assert.equal(await outputOf({ ...ids, user: 'nobody:daemon' }), `${NOBODY}\n1\n1 ${own}\n`);
  assert.equal(await outputOf({ ...ids, user: '4242:4243' }), '4242\n4243\n4243\n');
});

for (const user of USERS) {
  test(`a task with user = "${user}" has the home and the names of its user, and its own env wins`, async () => {
    const { env } = process;
    const before = { HOME: env['HOME'], USER: env['USER'], LOGNAME: env['LOGNAME'] };
    Object.assign(env, { HOME: '/root-home', USER: 'host', LOGNAME: 'host' });
    try {
      const shown = sh('echo "$HOME $USER $LOGNAME"');
      assert.equal(await outputOf({ ...shown, user }), '/nonexistent nobody nobody\n');
      assert.equal(await outputOf({ ...shown, user, envInherit: ['PATH', 'HOME', 'USER'] }), '/nonexistent nobody nobody\n');
      assert.equal(await outputOf({ ...shown, user, env: { HOME: '/srv', USER: 'app' } }), '/srv app nobody\n');
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete env[name];
        else env[name] = value;
      }
    }
  });

  test(`the process of a task with user = "${user}" is the one that runs: no other is in between, and its logs stay ours`, async () => {
    const name = newName();
    await shared().register({ name, ...daemon(), user, nice: 4 });
    await startUntil(shared(), name);
    const { status } = shared().getTask(name);
    assert.ok(status.state === 'running' && status.pid !== null);
    // It has spoken, so it is the task's own program by now: the shell, or what that becomes.
    assert.doesNotMatch(readlinkSync(`/proc/${status.pid}/exe`), /setpriv|node/);
    assert.match(
      readFileSync(`/proc/${status.pid}/status`, 'utf8'),
      new RegExp(`^Uid:\\t${NOBODY}\\t${NOBODY}\\t${NOBODY}\\t${NOBODY}$`, 'm'),
    );
    await assert.rejects(shared().run(name), { code: 'TASK_BUSY' });
    await shared().stop(name);
    assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'up\n');
  });

  test(`a command that is not there, or no program, fails the start of a task with user = "${user}", too`, async (t) => {
    const dir = tempDir(t);
    const plain = join(dir, 'plain');
    writeFileSync(plain, '#!/no/such/interpreter\n', { mode: 0o644 });
    chmodSync(dir, 0o755);
    assert.equal((await failureOf({ command: 'no-such-command-here', user })).cause, 'ENOENT');
    const refused = await failureOf({ command: plain, user });
    assert.equal(refused.cause, 'EACCES');
    assert.match(refused.message, /may not be executed by user nobody.*chmod \+x/);
    chmodSync(plain, 0o755);
    assert.match((await failureOf({ command: plain, user })).message, /its interpreter \/no\/such\/interpreter does not/);
    assert.match((await failureOf({ command: dir, user })).message, /is a directory, expected a program/);
  });
}

test('a user or a group that does not exist fails the start with what to do', async () => {
  const noUser = await failureOf({ command: 'true', user: 'no-such-user-here' });
  assert.deepEqual([noUser.reason, noUser.cause], ['spawn', 'ENOENT']);
  assert.match(noUser.message, /no user "no-such-user-here".*correct user/);
  assert.match((await failureOf({ command: 'true', user: 'nobody:no-such-group' })).message, /no group "no-such-group"/);
  assert.match((await failureOf({ command: 'true', user: '4242' })).message, /user = "4242:4242"/);
});

test('a user that is ourselves changes nothing', async () => {
  assert.equal(await outputOf({ ...sh('id -u; echo "$USER"'), user: 'root' }), '0\nroot\n');
});

const AS_NOBODY = `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search "$@"`;

test('without root a task can be its own user, with any higher niceness, and neither another user nor a lower one', async (t) => {
  const higher = getPriority() + 3; // ours need not be 0
  const lower = getPriority() - 5;
  const dataDir = tempDir(t);
  chownSync(dataDir, NOBODY, NOBODY);
  const tasks = {
    own: { ...sh('id -u'), user: `${NOBODY}:${NOBODY}` },
    other: { ...sh(':'), user: 'root' },
    polite: { ...sh('nice; sh -c nice; id -u'), nice: higher, persistToDisk: true },
    rude: { ...sh(':'), nice: lower },
    absent: { command: 'no-such-command-here', nice: higher },
  } satisfies Record<string, Definition>;
  const host = await Host.open(t, { dataDir, tasks }, { under: AS_NOBODY });
  const refusal = async (name: string): Promise<TaskFailure> => {
    const error: unknown = await host.ask('start', name).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HostError && error.code === 'TASK_START_FAILED', String(error));
    return (error.details as { error: TaskFailure }).error;
  };
  const { tail } = (await host.ask('run', 'own')) as { tail: string };
  assert.match(tail, new RegExp(`${NOBODY}`));
  const other = await refusal('other');
  assert.deepEqual([other.reason, other.cause], ['spawn', 'EPERM']);
  assert.match(
    other.message,
    new RegExp(`only root may start a task as user root, and this runner is user ${NOBODY}; run it as root, or remove user`),
  );
  await host.ask('run', 'polite');
  assert.equal(await host.ask('readOutput', 'polite', 'stdout'), `${higher}\n${higher}\n${NOBODY}\n`);
  const rude = await refusal('rude');
  assert.deepEqual([rude.reason, rude.cause], ['spawn', 'EACCES']);
  assert.match(rude.message, new RegExp(`a niceness of ${lower} is not permitted.*raise nice`));
  assert.equal((await refusal('absent')).cause, 'ENOENT');
});

for (const user of [undefined, ...USERS]) {
  test(`a task ${user === undefined ? 'of our own user' : `with user = "${user}"`} runs at its niceness, what it forks at once too, and we stay at ours`, async () => {
    const identity = user === undefined ? {} : { user };
    for (const nice of [7, -3, 0]) assert.equal(await outputOf({ ...sh('nice; (nice)'), nice, ...identity }), `${nice}\n${nice}\n`);
    assert.equal(await outputOf({ ...sh('nice'), ...identity }), `${getPriority()}\n`);
  });
}
