/** The trees of runs: real processes, and a scripted system with a clock of its own for what real ones cannot be made to do. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { describe, test, type TestContext } from 'node:test';
import { groupExists, startTimeOf } from '../../src/util/process-identity.ts';
import { Forest, GIVE_UP_AFTER_MS, realSystem, type Tree, type TreeSystem } from '../../src/util/process-tree.ts';
import { atEnd } from '../rig/cleanup.ts';
import { plantTable, type PlantedProcess } from '../rig/planted-table.ts';

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
    await forest.look(); // as any stop or exit of another task would
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

interface Scripted extends TreeSystem {
  /** What was signalled, as `SIGNAL pid`; a group with a minus. */
  readonly sent: string[];
  looks: number;
  processes: PlantedProcess[];
}

/** A system where time passes only while someone sleeps. */
function scripted(processes: PlantedProcess[], overrides: Partial<TreeSystem> = {}): Scripted {
  let nowMs = 0;
  const system: Scripted = {
    ...realSystem,
    sent: [],
    looks: 0,
    processes,
    table: () => {
      system.looks += 1;
      return plantTable(system.processes);
    },
    isRunning: ({ pid }) => system.processes.some((process) => process.pid === pid),
    groupExists: () => false,
    signal: ({ pid }, signal) => system.sent.push(`${signal} ${pid}`) > 0,
    signalGroup: ({ pid }, signal) => system.sent.push(`${signal} -${pid}`) > 0,
    commandOf: ({ name }) => name,
    nowMs: () => nowMs,
    sleep: (ms) =>
      new Promise((resolve) => {
        setImmediate(() => {
          nowMs += Math.max(0, ms);
          resolve();
        });
      }),
    ...overrides,
  };
  return system;
}

const refused = (): never => {
  throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
};

const LEADER = { pid: 100, startTime: '7' };

describe('a tree of a scripted system', () => {
  const forestOf = (system: TreeSystem, warn: (message: string) => void = unexpected): Forest =>
    new Forest({ spared: new Set([50]), system, warn });

  test('what lives after repeated SIGKILL is reported with its command line, and waited for no more', async () => {
    const system = scripted([
      { pid: 100, name: 'stuck', state: 'D' },
      { pid: 101, group: 100 },
    ]);
    const tree = forestOf(system).plant('run', LEADER);
    const [waited, killed] = await Promise.all([tree.gone(), tree.kill()]);
    assert.deepEqual(killed, [
      { pid: 100, command: 'stuck' },
      { pid: 101, command: 'p101' },
    ]);
    assert.deepEqual(waited, killed);
    assert.ok(system.nowMs() >= GIVE_UP_AFTER_MS && system.nowMs() < 2 * GIVE_UP_AFTER_MS, `${system.nowMs()} ms`);
    assert.ok(system.sent.length > 10 && system.sent.every((sent) => sent === 'SIGKILL -100'), system.sent.join());
  });

  test('what may not be signalled is reported after SIGKILL, and warned of after any other signal', async () => {
    const warnings: string[] = [];
    const system = scripted([{ pid: 100, group: 7, session: 7 }], { signal: refused });
    const tree = forestOf(system, (message) => warnings.push(message)).plant('p100', undefined);
    system.processes = [{ pid: 101, run: 'p100' }];
    await tree.signal('SIGTERM');
    assert.deepEqual(warnings, ['SIGTERM could not be sent to process 101: Error: kill EPERM']);
    assert.deepEqual(await tree.kill(), [{ pid: 101, command: 'p101' }]);
    assert.equal(warnings.length, 1);
  });

  test('all who ask before a look begins share it, however many trees there are', async () => {
    const leaders = Array.from({ length: 200 }, (_, index) => 1_000 + index);
    const system = scripted(leaders.map((pid) => ({ pid })));
    const forest = forestOf(system);
    const trees = leaders.map((pid) => forest.plant(`run-${pid}`, { pid, startTime: '7' }));
    await Promise.all(trees.map((tree) => tree.signal('SIGTERM')));
    assert.equal(system.looks, 1);
    assert.equal(system.sent.length, 200);
    system.processes = [];
    await Promise.all(trees.map((tree) => tree.gone()));
    assert.equal(system.looks, 2);
  });

  test('after a look comes a rest as long as the look took', async () => {
    let nowMs = 0;
    const slept: number[] = [];
    const system = scripted([], {
      nowMs: () => nowMs,
      table: () => {
        nowMs += 30;
        return plantTable([]);
      },
      sleep: async (ms) => void slept.push(ms),
    });
    const forest = forestOf(system);
    await forest.look();
    nowMs += 10;
    await forest.look();
    assert.deepEqual(slept, [0, 20]);
  });

  test('a wait looks at all processes only when none of those it knows lives', async () => {
    let asked = 0;
    const system = scripted([{ pid: 100 }], {
      isRunning: () => {
        asked += 1;
        if (asked === 50) system.processes = [];
        return asked < 50;
      },
    });
    assert.deepEqual(await forestOf(system).plant('run', LEADER).gone(), []);
    assert.equal(system.looks, 2);
  });

  test('case 18: a stopped member gets SIGCONT behind the signal, and none behind SIGKILL', async () => {
    const system = scripted([{ pid: 100 }, { pid: 101, group: 100, state: 'T' }]);
    const tree = forestOf(system).plant('run', LEADER);
    await tree.signal('SIGTERM');
    tree.send('SIGKILL');
    assert.deepEqual(system.sent, ['SIGTERM -100', 'SIGCONT 101', 'SIGKILL -100']);
  });

  test('case 17: a number that was given to another process is signalled no more, nor is a member whose pid was', async () => {
    const system = scripted([{ pid: 100 }, { pid: 101, parent: 100, group: 101, session: 101 }]);
    const forest = forestOf(system);
    const tree = forest.plant('run', LEADER);
    await forest.look();
    system.processes = [
      { pid: 100, startTime: '8' },
      { pid: 101, group: 100, session: 100, startTime: '9' },
    ];
    await tree.signal('SIGKILL');
    assert.deepEqual(system.sent, []);
    assert.equal(tree.isEmpty, true);
  });

  test('case 17: a leader that is 0, 1, -1 or NaN has no tree, and what has no session is in none', async () => {
    const system = scripted([{ pid: 100, group: 0, session: 0 }, { pid: 101, group: 1, session: 1 }, { pid: 102, parent: 0 }, { pid: 1 }]);
    const forest = forestOf(system);
    for (const pid of [0, 1, -1, Number.NaN]) assert.deepEqual(await forest.plant(`none${pid}`, { pid, startTime: '7' }).kill(), []);
    assert.deepEqual(await forest.plant('none', LEADER).kill(), []);
    assert.deepEqual(system.sent, []);
  });

  test('without a table the group alone is signalled and waited for', async () => {
    let exists = true;
    const system = scripted([], { table: () => undefined, groupExists: () => exists });
    const tree = forestOf(system).plant('run', LEADER);
    await tree.signal('SIGTERM');
    assert.deepEqual([system.sent, tree.isEmpty], [['SIGTERM -100'], false]);
    assert.deepEqual(await tree.kill(), [{ pid: 100, command: '[process group]' }]);
    exists = false;
    assert.deepEqual(await tree.gone(), []);
  });

  test('a look that fails is told, and the group alone is known then', async () => {
    const warnings: string[] = [];
    const table = (): never => {
      throw new Error('EMFILE: too many open files');
    };
    const system = scripted([], { table, groupExists: () => true });
    const tree = forestOf(system, (message) => warnings.push(message)).plant('run', LEADER);
    await tree.signal('SIGTERM');
    assert.deepEqual(system.sent, ['SIGTERM -100']);
    assert.match(warnings.join('\n'), /^processes could not be looked for, .*EMFILE/);
  });

  test('a tree that is forgotten ends every wait', async () => {
    const forest = forestOf(scripted([{ pid: 100 }]));
    const gone = forest.plant('run', LEADER).gone();
    forest.uproot('run');
    assert.deepEqual(await gone, []);
  });
});
