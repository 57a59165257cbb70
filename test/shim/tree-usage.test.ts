/** What trees use, on planted tables: for what real processes cannot be made to do at a moment of one's choice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTreeUsage } from '../../src/shim/tree-usage.ts';
import { Forest, realSystem } from '../../src/util/process-tree.ts';
import { plantTable, type PlantedProcess } from '../rig/planted-table.ts';

/** Above every pid that Linux gives (PID_MAX_LIMIT, 2^22), so there is no memory to read. */
const FIRST_PID = 2 ** 22 + 1;

/** A forest that sees what `processes` gives, and how often it looked. */
function plantedForest(processes: () => readonly PlantedProcess[]) {
  const seen = { looks: 0 };
  const table = () => {
    seen.looks += 1;
    return plantTable(processes());
  };
  const forest = new Forest({ spared: new Set(), system: { ...realSystem, table }, warn: (message) => assert.fail(message) });
  return { forest, seen };
}

const leader = (pid: number) => ({ pid, startTime: '7' });

test('200 runs cost one look at all processes, and no look is taken for none', async () => {
  const pids = Array.from({ length: 200 }, (_, index) => FIRST_PID + 10 * index);
  const { forest, seen } = plantedForest(() =>
    pids.flatMap((pid, index) => [
      { pid, cpuTicks: index },
      { pid: pid + 1, parent: pid, cpuTicks: 100 },
    ]),
  );
  for (const pid of pids) forest.plant(`run-${pid}`, leader(pid));
  assert.deepEqual(await readTreeUsage(forest, []), []);
  assert.equal(seen.looks, 0);
  const used = await readTreeUsage(
    forest,
    pids.map((pid) => `run-${pid}`),
  );
  assert.deepEqual(
    used,
    pids.map((pid, index) => ({ run: `run-${pid}`, processes: 2, cpuSeconds: (index + 100) / 100, memoryBytes: 0 })),
  );
  assert.equal(seen.looks, 1);
});

test('nothing is told of a run that has no tree', async () => {
  const { forest } = plantedForest(() => [{ pid: FIRST_PID }]);
  forest.plant('there', leader(FIRST_PID));
  const runs = (await readTreeUsage(forest, ['never', 'there'])).map(({ run }) => run);
  assert.deepEqual(runs, ['there']);
  forest.uproot('there');
  assert.deepEqual(await readTreeUsage(forest, ['there']), []);
});

test('processor time never goes back, whoever of the tree ends', async () => {
  let processes: PlantedProcess[] = [];
  const { forest } = plantedForest(() => processes);
  forest.plant('run', leader(FIRST_PID));
  const look = async (...present: PlantedProcess[]): Promise<[number, number]> => {
    processes = present;
    const [usage] = await readTreeUsage(forest, ['run']);
    assert.ok(usage !== undefined);
    return [usage.processes, usage.cpuSeconds];
  };
  const child = { pid: FIRST_PID + 1, parent: FIRST_PID, group: FIRST_PID, session: FIRST_PID };
  assert.deepEqual(await look({ pid: FIRST_PID, cpuTicks: 50 }, { ...child, cpuTicks: 200 }), [2, 2.5]);
  assert.deepEqual(
    await look({ pid: FIRST_PID, cpuTicks: 60 }, { ...child, cpuTicks: 210, isDead: true }),
    [1, 2.5],
    'nobody has waited for it',
  );
  assert.deepEqual(await look({ pid: FIRST_PID, cpuTicks: 280 }), [1, 2.8], 'now it is with the one that did');
  assert.deepEqual(await look(), [0, 2.8]);
});
