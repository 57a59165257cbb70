/** Commands executed for a run, over a real socket to a real shim: where, as whom, for how long, and what comes back. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ExecReply, SpawnMessage } from '../../src/shim/protocol.ts';
import { createWitness } from '../rig/project.ts';
import { spawnMessage, startShim, type RawLink } from '../rig/shim.ts';

async function running(t: TestContext, options: Partial<SpawnMessage> = {}): Promise<RawLink> {
  const link = await (await startShim(t)).connect();
  link.say({ ...spawnMessage('task', 'exec sleep 1000'), ...options });
  await link.next('spawned');
  return link;
}

let calls = 0;

async function exec(link: RawLink, args: readonly string[], timeoutMs = 60_000): Promise<ExecReply> {
  link.say({ type: 'call', id: (calls += 1), call: { method: 'exec', run: 'task', args, timeoutMs } });
  return (await link.next('reply')).result as ExecReply;
}

const DONE: ExecReply = { exitCode: 0, signal: null, timedOut: false, output: '' };

test('a command runs in the folder and environment of the run, without input, and both its streams come back', async (t) => {
  const link = await running(t, { cwd: '/usr', env: { PATH: process.env['PATH'] ?? '', DIRIGENT_RUN: 'task' } });
  const line = 'pwd; echo "$DIRIGENT_RUN" >&2; cat; exit 3';
  const { output, ...rest } = await exec(link, ['sh', '-c', line]);
  assert.deepEqual(rest, { exitCode: 3, signal: null, timedOut: false });
  assert.deepEqual(output.trim().split('\n').sort(), ['/usr', 'task']);
});

for (const user of ['nobody', 'nobody:daemon']) {
  test(`a command runs as the user of the run, user = "${user}", and at its niceness`, async (t) => {
    const link = await running(t, { user, nice: 3 });
    assert.deepEqual(await exec(link, ['sh', '-c', 'id -u; nice; echo $HOME']), { ...DONE, output: '65534\n3\n/nonexistent\n' });
  });
}

test('a command that takes too long is killed with all it started, and says so', async (t) => {
  const witness = createWitness(t);
  const link = await running(t);
  const reply = await exec(link, ['sh', '-c', `exec 9>"${witness.path}"; echo begun; sleep 1000 & sleep 1000`], 300);
  assert.deepEqual(reply, { exitCode: null, signal: 'SIGKILL', timedOut: true, output: 'begun\n' });
  await witness.gone;
});

test('what a command leaves behind in its group ends with it', async (t) => {
  const witness = createWitness(t);
  const link = await running(t);
  assert.deepEqual(await exec(link, ['sh', '-c', `exec 9>"${witness.path}"; sleep 1000 & echo said`]), { ...DONE, output: 'said\n' });
  await witness.gone;
});

test('of a long output the last 4 KiB come back', async (t) => {
  const link = await running(t);
  const { output } = await exec(link, ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x; echo the end']);
  assert.equal(output.length, 4096);
  assert.match(output, /^x+the end\n$/);
});

test('a command that cannot be run is an answer that says why', async (t) => {
  const link = await running(t);
  const missing = await exec(link, ['no-such-command-here']);
  assert.deepEqual([missing.exitCode, missing.signal, missing.timedOut], [null, null, false]);
  assert.match(missing.error ?? '', /"no-such-command-here" was not found in PATH/);
  assert.deepEqual(await exec(link, ['sh', '-c', 'kill -9 $$']), { ...DONE, exitCode: null, signal: 'SIGKILL' });
});

test('forty commands at once are all run, some after others', async (t) => {
  const link = await running(t);
  const ids = Array.from({ length: 40 }, () => (calls += 1));
  link.say(...ids.map((id) => ({ type: 'call', id, call: { method: 'exec', run: 'task', args: ['true'], timeoutMs: 60_000 } })));
  const answered: number[] = [];
  for (const _ of ids) {
    const { id, result } = await link.next('reply');
    assert.deepEqual(result, DONE);
    answered.push(id);
  }
  assert.deepEqual(
    answered.sort((a, b) => a - b),
    ids,
  );
});

test('for a run that is over no command is run', async (t) => {
  const link = await running(t);
  link.say({ type: 'call', id: (calls += 1), call: { method: 'exec', run: 'another', args: ['true'], timeoutMs: 1_000 } });
  assert.match((await link.next('error')).message, /the run is over/);
});
