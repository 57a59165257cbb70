/** The trees of runs, on a scripted system with a clock of its own: for what real processes cannot be made to do, or must not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Forest, GIVE_UP_AFTER_MS, realSystem, type TreeSystem } from '../../src/util/process-tree.ts';
import { plantTable, type PlantedProcess } from '../rig/planted-table.ts';

const unexpected = (message: string): never => assert.fail(message);

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

  test('who ends within the time it is given is not killed, and who does not is', async () => {
    const system = scripted([{ pid: 100 }]);
    const forest = forestOf(system);
    const inTime = forest.plant('polite', LEADER).killAfter(2 ** 40); // a timer that were left would keep this file from ending
    system.processes = [];
    assert.deepEqual([await inTime, system.sent], [[], []]);
    const die = ({ pid }: { readonly pid: number }, signal: string): boolean => {
      system.processes = [];
      return system.sent.push(`${signal} -${pid}`) > 0;
    };
    const late = forest.plant('stubborn', LEADER).killAfter(0);
    Object.assign(system, { processes: [{ pid: 100 }], signalGroup: die });
    assert.deepEqual([await late, system.sent], [[], ['SIGKILL -100']]);
  });

  test('all who ask before a look begins share it, however many trees there are', async () => {
    const leaders = Array.from({ length: 200 }, (_, index) => 1_000 + index);
    const system = scripted(leaders.map((pid) => ({ pid })));
    const forest = forestOf(system);
    const trees = leaders.map((pid) => forest.plant(`run-${pid}`, { pid, startTime: '7' }));
    await Promise.all(trees.map((tree) => tree.signal('SIGTERM')));
    assert.equal(system.looks, 1);
    assert.equal(system.sent.filter((sent) => sent.startsWith('SIGTERM')).length, 200);
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

  test('case 18: everyone gets SIGCONT behind the signal, which a stopped one would not hear, and none behind SIGKILL', async () => {
    const system = scripted([{ pid: 100 }, { pid: 101, group: 100, state: 'T' }]);
    const tree = forestOf(system).plant('run', LEADER);
    await tree.signal('SIGTERM');
    tree.send('SIGKILL');
    assert.deepEqual(system.sent, ['SIGTERM -100', 'SIGCONT -100', 'SIGKILL -100']);
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
    assert.deepEqual([system.sent, tree.isEmpty], [['SIGTERM -100', 'SIGCONT -100'], false]);
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
    assert.deepEqual(system.sent, ['SIGTERM -100', 'SIGCONT -100']);
    assert.match(warnings.join('\n'), /^processes could not be looked for, .*EMFILE/);
  });

  test('a tree that is forgotten ends every wait', async () => {
    const forest = forestOf(scripted([{ pid: 100 }]));
    const gone = forest.plant('run', LEADER).gone();
    forest.uproot('run');
    assert.deepEqual(await gone, []);
  });
});
