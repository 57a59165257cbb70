/** The trees of runs, of real processes. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { describe, test, type TestContext } from 'node:test';
import { groupExists, startTimeOf } from '../../src/util/process-identity.ts';
import { Forest, type Tree } from '../../src/util/process-tree.ts';
import { atEnd } from '../rig/cleanup.ts';

const unexpected = (message: string): never => assert.fail(message);

let runs = 0;

interface Planted {
  readonly child: ChildProcess;
  readonly tree: Tree;
  readonly forest: Forest;
}

/** A run of `sh` that has said `up`; nothing of it is left after the test. */
async function plant(t: TestContext, line: string, env: NodeJS.ProcessEnv = {}): Promise<Planted> {
  const run = `tree-test-${process.pid}-${(runs += 1)}`;
  const child = spawn('sh', ['-c', line], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, DIRIGENT_RUN: run, ...env },
  });
  const pid = child.pid ?? 0;
  const forest = new Forest({ spared: new Set([process.pid]), warn: unexpected });
  const tree = forest.plant(run, { pid, startTime: startTimeOf(pid) ?? '' });
  atEnd(t, () => tree.kill());
  await once(child.stdout ?? process.stdin, 'data');
  return { child, tree, forest };
}

/** Lets a `read line <&3` go on. Not stdin, which Node.js closes when the child exits. */
const go = (child: ChildProcess): void => void (child.stdio[3] as Writable).end('go\n');

/** Resolves when every process that holds the child's stdout is gone. */
const closed = (child: ChildProcess): Promise<unknown> => once(child, 'close');

describe('a tree of real processes', () => {
  test('its end is that of its last process, which need not be its leader', async (t) => {
    const { child, tree, forest } = await plant(t, 'read line <&3 & echo up; exit 0');
    await once(child, 'exit');
    await forest.look();
    assert.equal(tree.isEmpty, false, 'its leader has ended, a member lives');
    const gone = tree.gone();
    go(child);
    assert.deepEqual(await gone, []);
    assert.equal(tree.isEmpty, true);
  });

  test('case 11: a kill reaches processes that ignore signals and those that are forked meanwhile', async (t) => {
    const forking = '(echo up; sleep 1000) & sleep 0 & [ "$((i+=1))" -lt 20 ] || exec sleep 1000';
    const { child, tree } = await plant(t, `trap "" TERM INT HUP; while :; do ${forking}; done`);
    const end = closed(child);
    assert.deepEqual(await tree.kill(), []);
    await end;
  });

  test('case 11: a kill reaches what forks itself from session to session', async (t) => {
    const hop = 'i=$((i+1)); export i; sleep 0.02; if [ "$i" -lt 20 ]; then setsid sh -c "$hop" & else exec sleep 1000; fi';
    const { child, tree } = await plant(t, `export i=0 hop; sh -c "$hop" & echo up; wait; exec sleep 1000`, { hop });
    const end = closed(child);
    assert.deepEqual(await tree.kill(), []);
    await end;
  });

  test('case 12: who left group and session and lost its parent is found by the variable of the run', async (t) => {
    const { child, tree, forest } = await plant(t, '(setsid sh -c "echo up; exec sleep 1000" &); exit 0');
    const end = closed(child);
    await forest.look();
    assert.equal(tree.isEmpty, false);
    assert.deepEqual(await tree.kill(), []);
    await end;
  });

  test('case 12: who cleared its environment and left the session is found as a descendant, and stays known when its parent has ended', async (t) => {
    const { child, tree, forest } = await plant(t, 'env -i setsid sh -c "echo up; exec sleep 1000" & read line <&3');
    const end = closed(child);
    await forest.look(); // the stop or exit of another task would
    const exited = once(child, 'exit');
    go(child);
    await exited;
    await forest.look();
    assert.equal(tree.isEmpty, false);
    assert.deepEqual(await tree.kill(), []);
    await end;
  });

  test('case 18: who is stopped hears the stop signal, and ends', async (t) => {
    const { child, tree } = await plant(t, 'echo up; exec sleep 1000');
    process.kill(child.pid ?? 0, 'SIGSTOP');
    const exited = once(child, 'exit');
    await tree.signal('SIGTERM');
    assert.deepEqual(await exited, [null, 'SIGTERM']);
    assert.deepEqual(await tree.gone(), []);
  });

  test('case 18: who is stopped is killed', async (t) => {
    const { child, tree } = await plant(t, 'echo up; exec sleep 1000');
    process.kill(child.pid ?? 0, 'SIGSTOP');
    const exited = once(child, 'exit');
    assert.deepEqual(await tree.kill(), []);
    assert.deepEqual(await exited, [null, 'SIGKILL']);
  });

  test('zombies that nobody reaps do not count', async (t) => {
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
    const pid = Number(text.toString());
    assert.equal(groupExists(pid), true);
    const forest = new Forest({ spared: new Set([process.pid]), warn: unexpected });
    assert.deepEqual(await forest.plant('zombies', { pid, startTime: startTimeOf(pid) ?? '' }).gone(), []);
  });
});
