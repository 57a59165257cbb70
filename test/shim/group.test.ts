/** Waiting for the end of real process groups. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { groupGone } from '../../src/shim/group.ts';
import { groupExists, groupLives } from '../../src/util/process-identity.ts';
import { atEnd } from '../rig/cleanup.ts';

/** A group that has said `up`, and the pid that leads it. */
async function startGroup(t: TestContext, line: string): Promise<{ child: ChildProcess; group: number }> {
  const child = spawn('sh', ['-c', line], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const group = child.pid ?? 0;
  atEnd(t, () => groupGone(group, 'kill'));
  await once(child.stdout ?? process.stdin, 'data');
  return { child, group };
}

test('a wait for a group ends when its last process ends, which need not be its leader', async (t) => {
  const { child, group } = await startGroup(t, 'exec 3<&0; read line <&3 & echo up; exit 0');
  await once(child, 'exit');
  assert.equal(groupExists(group), true, 'its leader has ended, a member lives');
  let isGone = false;
  const gone = groupGone(group, 'wait').then(() => {
    isGone = true;
  });
  assert.equal(isGone, false);
  child.stdin?.end('go\n');
  await gone;
  assert.equal(groupLives(group), false);
});

test('a kill of a group reaches processes that ignore signals and those that are forked meanwhile', async (t) => {
  const forking = '(echo up; sleep 1000) & sleep 0 & [ "$((i+=1))" -lt 20 ] || exec sleep 1000';
  const { group } = await startGroup(t, `trap "" TERM INT HUP; while :; do ${forking}; done`);
  await groupGone(group, 'kill');
  assert.equal(groupLives(group), false);
});

test('a stopped process is killed too', async (t) => {
  const { child, group } = await startGroup(t, 'echo up; exec sleep 1000');
  process.kill(group, 'SIGSTOP');
  const exited = once(child, 'exit');
  await groupGone(group, 'kill');
  assert.deepEqual(await exited, [null, 'SIGKILL']);
});

test('a group of zombies that nobody reaps counts as gone', async (t) => {
  // The child has a group to itself and ends; its parent looks at that and never reaps it.
  const script = [
    'import os,sys',
    'pid=os.fork()',
    'if pid==0: os.setpgid(0,0); os._exit(0)',
    'os.waitid(os.P_PID,pid,os.WEXITED|os.WNOWAIT)',
    'print(pid,flush=True)',
    'sys.stdin.read()',
  ].join('\n');
  const parent = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(t, () => parent.stdin.end());
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const zombies = Number(text.toString());
  assert.equal(groupExists(zombies), true);
  assert.equal(groupLives(zombies), false);
  await groupGone(zombies, 'wait');
});

test('a group that never was is gone at once, and 0, 1, -1 and NaN are no groups', async () => {
  for (const group of [0, 1, -1, Number.NaN]) {
    assert.equal(groupExists(group), false);
    await groupGone(group, 'kill');
  }
});
