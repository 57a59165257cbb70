/** A descriptor on which a task tells that it is ready: what is told, when, and what happens to a task that goes on writing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Watch } from '../../src/shim/protocol.ts';
import { descriptorsOf } from '../rig/processes.ts';
import { createGate } from '../rig/project.ts';
import { spawnMessage, startShim, type RawLink } from '../rig/shim.ts';

const notice = (fd: number, armed: boolean, id = `notify ${fd}`): Watch => ({ kind: 'notify', id, fd, armed });

/** Everything the shim says of a run until it has answered a call that came after. */
async function saidUntilNow(link: RawLink, id: number): Promise<void> {
  link.say({ type: 'call', id, call: { method: 'counters', task: 'task' } });
  await link.next('reply');
}

test('a newline on the descriptor is told once an arming, whatever else comes before the next', async (t) => {
  const link = await (await startShim(t)).connect();
  const [second, third] = [createGate(t), createGate(t)];
  const line = `printf 'half' >&3; printf '\\n\\n\\n' >&3; read go <"${second.path}"; echo >&3; read go <"${third.path}"; exit 3`;
  link.say({ ...spawnMessage('task', line), watches: [notice(3, true)] });
  assert.deepEqual(await link.next('notified'), { type: 'notified', run: 'task', watch: 'notify 3' });
  link.say({ type: 'arm', run: 'task', watch: 'notify 3' });
  second.open();
  await link.next('notified');
  third.open();
  // Were there one more, it would come before this, and the next wait would find it.
  assert.equal((await link.next('exited')).exitCode, 3);
});

test('a notice that came before the arming is told at the arming; the end of the pipe is no notice', async (t) => {
  const link = await (await startShim(t)).connect();
  link.say({ ...spawnMessage('task', 'echo >&5; exec 5>&-; echo said; exec sleep 1000'), watches: [notice(5, false)] });
  link.say({ type: 'call', id: 1, call: { method: 'watch', task: 'task', on: true } });
  await link.next('grew'); // behind the notice
  await saidUntilNow(link, 2);
  link.say({ type: 'arm', run: 'task', watch: 'notify 5' });
  await link.next('notified');
  link.say({ type: 'arm', run: 'task', watch: 'notify 5' }, { type: 'leave' });
  await assert.rejects(link.next('notified'), /ended the connection/);
});

test('who is not armed is told nothing, and two watches of one descriptor are each told', async (t) => {
  const link = await (await startShim(t)).connect();
  const gate = createGate(t);
  const watches = [notice(3, true, 'first'), notice(3, true, 'second'), notice(4, true)];
  link.say({ ...spawnMessage('task', `read go <"${gate.path}"; echo >&3; exec sleep 1000`), watches });
  link.say({ type: 'disarm', run: 'task', watch: 'notify 4' }, { type: 'arm', run: 'task', watch: 'unknown' });
  await link.next('spawned');
  gate.open();
  assert.equal((await link.next('notified')).watch, 'first');
  assert.equal((await link.next('notified')).watch, 'second');
  link.say({ type: 'signal', run: 'task', signal: 'SIGKILL', to: 'group' });
  await link.next('exited');
});

test('a task that goes on writing to the descriptor neither blocks nor dies of it, told or not', async (t) => {
  const link = await (await startShim(t)).connect();
  // Sixteen times what a pipe holds, behind the one notice that is told.
  link.say({ ...spawnMessage('task', 'head -c 1048576 /dev/zero | tr "\\0" "\\n" >&3 && exit 7'), watches: [notice(3, true)] });
  await link.next('notified');
  assert.equal((await link.next('exited')).exitCode, 7);
});

test('a task has the descriptors it asks for, and none of ours in between', async (t) => {
  const link = await (await startShim(t)).connect();
  link.say({
    ...spawnMessage('task', 'for fd in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$fd ] && echo $fd; done; echo >&9'),
    watches: [notice(9, true), notice(6, true)],
  });
  await link.next('notified');
  await link.next('exited');
  link.say({ type: 'drain', run: 'task', idleMs: 60_000 });
  await link.next('drained');
  link.say({ type: 'call', id: 1, call: { method: 'memory', task: 'task', kind: 'stdout' } });
  const { result } = await link.next('reply');
  assert.equal(Buffer.from((result as { base64: string }).base64, 'base64').toString(), '6\n9\n');
});

test('runs with such a descriptor leave none behind, also where the command does not exist', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect();
  const round = async (name: string): Promise<void> => {
    link.say({ ...spawnMessage(`${name}a`, 'echo >&3'), watches: [notice(3, true)] });
    await link.next('exited');
    link.say({ type: 'drain', run: `${name}a`, idleMs: 60_000 });
    await link.next('drained');
    link.say({ ...spawnMessage(`${name}b`, ''), command: 'no-such-command-here', watches: [notice(3, true)], stdin: 'pipe' });
    await link.next('spawnFailed');
    await saidUntilNow(link, 1);
  };
  await round('first');
  const before = descriptorsOf(shim.pid);
  const rounds = 16;
  for (let count = 0; count < rounds; count += 1) await round(`more${count}`);
  // Some are closed a moment after the end was told: what a round leaves behind for good adds up to more.
  const grown = descriptorsOf(shim.pid) - before;
  assert.ok(grown < rounds / 2, `${before} descriptors grew by ${grown} in ${rounds} rounds`);
});
