/** Which process a pid means (case 17): a pid that was given to another process is never signalled, and none that stands for many. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  bootId,
  groupExists,
  isAlive,
  isSafePid,
  signalGroupOf,
  signalProcess,
  startTimeOf,
  type ProcessIdentity,
} from '../../src/util/process-identity.ts';
import { atEnd } from '../rig/cleanup.ts';
import { tempDir } from '../rig/project.ts';

/** A process that leads a group, runs until its stdin ends, and is named `command`. */
async function startProcess(t: TestContext, command = 'cat'): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn(command, [], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const exited = once(child, 'exit');
  atEnd(t, async () => {
    child.stdin?.end();
    await exited;
  });
  return { child, identity: { pid, startTime: startTimeOf(pid) ?? '' } };
}

test('case 17: 0, 1, -1, NaN, fractions, text and nothing are never taken for a pid', () => {
  for (const pid of [0, 1, -1, -5, Number.NaN, Number.POSITIVE_INFINITY, 2.5, '', '5', null, undefined])
    assert.equal(isSafePid(pid), false, String(pid));
  assert.equal(isSafePid(2), true);
});

test('case 17: none of these reaches kill(2): a signal to them says that it was not sent', () => {
  // SIGKILL to 0, 1 or -1 would end this very test.
  for (const pid of [0, 1, -1, Number.NaN]) {
    assert.equal(signalGroupOf({ pid, startTime: startTimeOf(pid) ?? '' }, 'SIGKILL'), false);
    assert.equal(signalProcess({ pid, startTime: startTimeOf(pid) ?? '' }, 'SIGKILL'), false);
    assert.equal(groupExists(pid), false);
  }
});

test('case 17: a process with the pid and another start time is not signalled', async (t) => {
  const { child, identity } = await startProcess(t);
  const other = { pid: identity.pid, startTime: String(Number(identity.startTime) - 1) };
  assert.equal(isAlive(other), false);
  assert.equal(signalGroupOf(other, 'SIGKILL'), false);
  assert.equal(signalProcess(other, 'SIGKILL'), false);
  assert.equal(isAlive(identity), true);
  assert.equal(signalGroupOf(identity, 'SIGTERM'), true);
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  assert.equal(isAlive(identity), false);
  assert.equal(signalGroupOf(identity, 'SIGTERM'), false);
  assert.equal(signalProcess(identity, 'SIGTERM'), false);
});

test('case 17: a group whose leader has ended is signalled while a member lives', async () => {
  const child = spawn('sh', ['-c', 'cat <&3 & exec sleep 0'], { detached: true, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  await once(child, 'spawn');
  const identity = { pid: child.pid ?? 0, startTime: startTimeOf(child.pid ?? 0) ?? '' };
  const closed = once(child, 'close'); // the end of the member too, which holds stdout
  await once(child, 'exit');
  assert.equal(groupExists(identity.pid), true);
  assert.equal(signalGroupOf(identity, 'SIGKILL'), true);
  await closed;
});

const LAST_PID = '/proc/sys/kernel/ns_last_pid';

function canChoosePids(): boolean {
  try {
    accessSync(LAST_PID, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

test(
  'case 17: a stranger that really got the same pid is not signalled',
  { skip: !canChoosePids() && 'needs to choose pids' },
  async (t) => {
    const first = await startProcess(t);
    first.child.stdin?.end();
    await once(first.child, 'exit');
    // Others start processes as well, so the pid may be taken between the two steps: then once more, with that pid.
    for (let attempt = 0; attempt < 100; attempt += 1) {
      writeFileSync(LAST_PID, String(first.identity.pid - 1));
      const stranger = await startProcess(t);
      // Within one tick of the clock, 10 ms, there is nothing to tell apart: the next one comes later.
      const { pid, startTime } = stranger.identity;
      if (pid !== first.identity.pid || startTime === first.identity.startTime) {
        stranger.child.stdin?.end();
        await once(stranger.child, 'exit');
        continue;
      }
      assert.equal(signalGroupOf(first.identity, 'SIGKILL'), false);
      assert.equal(isAlive(stranger.identity), true);
      return;
    }
    assert.fail('the pid was taken by others each time');
  },
);

test('the start time is read right of a process whose name looks like fields', async (t) => {
  const program = join(tempDir(t), 'a) R 1 (b');
  copyFileSync('/bin/cat', program);
  const odd = await startProcess(t, program);
  const plain = await startProcess(t);
  assert.match(odd.identity.startTime, /^\d+$/);
  assert.ok(Number(plain.identity.startTime) - Number(odd.identity.startTime) < 1_000, 'two processes started within ten seconds');
  assert.equal(isAlive(odd.identity), true);
});

test('no process has no start time, and a boot has one identity', () => {
  assert.equal(startTimeOf(2 ** 30), undefined);
  assert.match(bootId(), /^[0-9a-f-]{36}$/);
  assert.equal(bootId(), bootId());
});
