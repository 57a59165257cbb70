/** Whose tree a process is in, on planted tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOwners, type Claim } from '../../src/util/process-owners.ts';
import { plantTable, type PlantedProcess } from '../rig/planted-table.ts';

const claim = (run: string, pid: number, rest: Partial<Claim> = {}): Claim => ({
  run,
  leader: { pid, startTime: '7' },
  holdsNumber: true,
  known: new Map(),
  ...rest,
});

/** The pids of each tree. */
function membersOf(
  processes: readonly PlantedProcess[],
  claims: readonly Claim[],
  spared: readonly number[] = [],
): Record<string, number[]> {
  const holdings = findOwners(plantTable(processes), claims, new Set(spared));
  return Object.fromEntries([...holdings].map(([run, { members }]) => [run, members.map(({ pid }) => pid)]));
}

test('a tree is group, session, descendants of all of these, and whoever carries the variable', () => {
  const processes = [
    { pid: 10 },
    { pid: 11, group: 10, session: 3 },
    { pid: 12, group: 12, session: 10 },
    { pid: 13, parent: 12 },
    { pid: 14, parent: 13 },
    { pid: 15, run: 'a' },
    { pid: 16, parent: 15 },
    { pid: 20 },
    { pid: 21, parent: 20, run: 'elsewhere' },
  ];
  assert.deepEqual(membersOf(processes, [claim('a', 10)]), { a: [10, 11, 12, 13, 14, 15, 16] });
});

test('a process belongs to one tree: by its own facts before its parent’s', () => {
  const processes = [{ pid: 10 }, { pid: 20, parent: 10 }, { pid: 21, parent: 20 }, { pid: 11, parent: 10 }];
  assert.deepEqual(membersOf(processes, [claim('a', 10), claim('b', 20)]), { a: [10, 11], b: [20, 21] });
});

test('who was in the tree before stays in it, with all its descendants, wherever it went', () => {
  const known = new Map([[30, '7']]);
  assert.deepEqual(membersOf([{ pid: 30 }, { pid: 31, parent: 30 }], [claim('a', 10, { known })]), { a: [30, 31] });
});

test('case 17: a later process with the pid of one that was known does not', () => {
  const known = new Map([[30, '6']]);
  assert.deepEqual(membersOf([{ pid: 30 }, { pid: 31, parent: 30 }], [claim('a', 10, { known })]), { a: [] });
});

test('case 17: a number that leads another session now, or was free once, is not the tree’s any more', () => {
  const strangers = [
    { pid: 10, startTime: '8' },
    { pid: 11, group: 10, session: 10, startTime: '9' },
  ];
  assert.deepEqual(membersOf(strangers, [claim('a', 10)]), { a: [] });
  const orphans = [{ pid: 11, group: 10, session: 10 }];
  assert.deepEqual(membersOf(orphans, [claim('a', 10)]), { a: [11] });
  assert.deepEqual(membersOf(orphans, [claim('a', 10, { holdsNumber: false })]), { a: [] });
});

test('case 17: 0, 1, -1 and NaN are no leaders, and what has no session is in no tree', () => {
  const processes = [
    { pid: 2, group: 0, session: 0 },
    { pid: 10, group: 10, session: 0, run: 'a' },
    { pid: 11, group: 1, session: 1 },
  ];
  for (const pid of [0, 1, -1, Number.NaN]) assert.deepEqual(membersOf(processes, [claim('a', pid)]), { a: [] });
});

test('who is older than the leader is not of its tree', () => {
  const processes = [{ pid: 30, run: 'a', startTime: '6' }, { pid: 31, parent: 10, startTime: '6' }, { pid: 32, parent: 10 }, { pid: 10 }];
  assert.deepEqual(membersOf(processes, [claim('a', 10)]), { a: [32, 10] });
});

test('zombies are no members, and hold the number of their group', () => {
  const holdings = findOwners(plantTable([{ pid: 11, group: 10, session: 10, isDead: true }]), [claim('a', 10)], new Set());
  assert.deepEqual(holdings.get('a'), { members: [], holdsNumber: true });
  assert.equal(findOwners(plantTable([]), [claim('a', 10)], new Set()).get('a')?.holdsNumber, false);
});

test('who is spared belongs to nobody, and descent does not pass through it; nor does init', () => {
  const processes = [
    { pid: 1, run: 'a' },
    { pid: 10 },
    { pid: 50, parent: 10, run: 'a' },
    { pid: 51, parent: 50 },
    { pid: 52, parent: 50, run: 'a' },
  ];
  assert.deepEqual(membersOf(processes, [claim('a', 10)], [50]), { a: [10, 52] });
});

test('a run that is not claimed owns nobody: what it left was left on purpose', () => {
  assert.deepEqual(membersOf([{ pid: 30, run: 'gone' }], [claim('a', 10)]), { a: [] });
});

test('a table that shows a circle of parents is read to its end', () => {
  assert.deepEqual(
    membersOf(
      [
        { pid: 30, parent: 31 },
        { pid: 31, parent: 30 },
      ],
      [claim('a', 10)],
    ),
    { a: [] },
  );
});

test('a chain of 30,000 generations is followed to its end', () => {
  const chain = Array.from({ length: 30_000 }, (_, index) => ({ pid: index + 10, parent: index + 9 }));
  assert.equal(membersOf(chain.reverse(), [claim('a', 10)])['a']?.length, 30_000);
});

test('the environment is read of those alone of whom nothing else tells', () => {
  const asked: number[] = [];
  const processes = [{ pid: 10 }, { pid: 11, parent: 10 }, { pid: 12, group: 10 }, { pid: 30 }, { pid: 31, parent: 30 }];
  findOwners(plantTable(processes, asked), [claim('a', 10)], new Set());
  assert.deepEqual(asked, [30, 31]);
});
