/** Layouts of machines, ours and those of others: everything is placed, nothing lies on anything else, and what cannot be placed is said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMachine, type AnyStateMachine } from 'xstate';
import { probeMachine } from '../../machines/probe.machine.ts';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { taskMachine } from '../../machines/task.machine.ts';
import { layOut, LayoutEngine } from '../../src/inspector/chart/layout.ts';
import { toDrawing } from '../../src/trace/drawing.ts';
import { toGraph, type GraphNode, type MachineGraph } from '../../src/trace/graph.ts';
import type { Box, Layout } from '../../src/trace/layout.ts';
import { crossingMachine } from '../fixtures/machines/crossing.ts';
import { mediaPlayerMachine } from '../fixtures/machines/media-player.ts';
import { bookingMachine, tripMachine } from '../fixtures/machines/trip.ts';
import { toldError } from '../rig/errors.ts';

const MACHINES: readonly AnyStateMachine[] = [
  mediaPlayerMachine,
  tripMachine,
  bookingMachine,
  crossingMachine,
  probeMachine,
  supervisorMachine,
  taskMachine,
];

const flat = (node: GraphNode): GraphNode[] => [node, ...node.children.flatMap(flat)];

type Area = Pick<Box, 'x' | 'y' | 'width' | 'height'>;

const overlap = (a: Area, b: Area): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Boxes are rounded to tenths. */
const holds = (outer: Area, inner: Area): boolean =>
  inner.x >= outer.x - 0.2 &&
  inner.y >= outer.y - 0.2 &&
  inner.x + inner.width <= outer.x + outer.width + 0.2 &&
  inner.y + inner.height <= outer.y + outer.height + 0.2;

function boxOf({ boxes }: Layout, id: string): Box {
  const box = boxes.find((one) => one.id === id);
  assert.ok(box !== undefined, `${id} has no box`);
  return box;
}

describe('the layout of a machine', () => {
  for (const machine of MACHINES) {
    it(`places every state and every transition of ${machine.id}, once`, async () => {
      const graph = toGraph(machine);
      const { boxes, arrows } = await layOut(graph);
      const states = flat(graph.root);
      const entrances = states.filter(({ initial }) => initial !== null).map(({ id }) => `${id}#initial`);
      assert.deepEqual(boxes.map(({ id }) => id).sort(), [...states.map(({ id }) => id), ...entrances].sort());
      const ways = graph.transitions.flatMap(({ id, targets }) => targets.map((target) => `${id}>${target}`));
      assert.deepEqual(arrows.map(({ id }) => id).sort(), [...ways, ...entrances.map((id) => `${id}>`)].sort());
      assert.ok(arrows.every(({ points, label, id }) => points.length > 1 && (label !== undefined) === !id.endsWith('#initial>')));
    });

    it(`puts the states of ${machine.id} inside theirs, and no two of its states or labels on one another`, async () => {
      const graph = toGraph(machine);
      const layout = await layOut(graph);
      for (const { id, children } of flat(graph.root)) {
        const inner = children.map((child) => boxOf(layout, child.id));
        assert.ok(
          inner.every((box) => holds(boxOf(layout, id), box)),
          id,
        );
        assert.deepEqual(
          inner.flatMap((a, index) => inner.slice(index + 1).filter((b) => overlap(a, b))),
          [],
        );
      }
      const leaves = flat(graph.root).filter(({ children }) => children.length === 0);
      const labels = layout.arrows.flatMap(({ id, label }) => (label === undefined ? [] : [{ id, ...label }]));
      const parts = [...leaves.map(({ id }) => boxOf(layout, id)), ...labels];
      assert.deepEqual(
        parts.flatMap((a, index) => parts.slice(index + 1).flatMap((b) => (overlap(a, b) ? [[a.id, b.id]] : []))),
        [],
      );
    });

    it(`leaves room in ${machine.id} for every text that is drawn there, and draws every transition`, async () => {
      const graph = toGraph(machine);
      const layout = await layOut(graph);
      const { states, arrows } = toDrawing(graph, layout);
      for (const state of states) {
        assert.ok(
          state.rows.every((row) => holds(state, row)),
          state.id,
        );
        const inner = flat(graph.root).find(({ id }) => id === state.id)?.children ?? [];
        const boxes = inner.map(({ id }) => boxOf(layout, id));
        assert.ok(!state.rows.some((row) => boxes.some((box) => overlap(row, box))), state.id);
      }
      const drawn = new Set([...arrows, ...states.flatMap(({ rows }) => rows)].map(({ transition }) => transition));
      assert.deepEqual(
        graph.transitions.filter(({ id }) => !drawn.has(id)),
        [],
      );
    });
  }

  it('is the same for equal graphs, whichever engine made it', async () => {
    const graph = toGraph(mediaPlayerMachine);
    assert.deepEqual(await new LayoutEngine().layOut(graph), await layOut(structuredClone(graph)));
  });

  it('is made once for a machine, also when it is asked for twice at once', async () => {
    const engine = new LayoutEngine({ maxKept: 1 });
    const [first, second] = await Promise.all([engine.layOut(toGraph(probeMachine)), engine.layOut(toGraph(probeMachine))]);
    assert.equal(first, second);
    await engine.layOut(toGraph(bookingMachine));
    assert.notEqual(await engine.layOut(toGraph(probeMachine)), first, 'one is kept, and that was another one');
  });
});

describe('a machine that cannot be laid out', () => {
  const graph = toGraph(probeMachine);

  it('is refused when it is too large', async () => {
    const error = await toldError(new LayoutEngine({ maxParts: 8 }).layOut(graph));
    assert.deepEqual(
      [error.code, error.message],
      ['ARGUMENT_INVALID', 'the machine probe has 9 states and transitions; at most 8 are drawn'],
    );
  });

  it('is given up when it takes too long', async () => {
    const endless = new LayoutEngine({ deadlineMs: 1 }, new URL('data:text/javascript,setInterval(() => {}, 1e6)'));
    const error = await toldError(endless.layOut(graph));
    assert.deepEqual([error.code, error.message], ['TIMED_OUT', 'the machine probe could not be laid out within 1 ms']);
  });

  it('is refused when it leads nowhere, and the next one is laid out', async () => {
    const engine = new LayoutEngine();
    const torn: MachineGraph = { ...graph, transitions: graph.transitions.map((transition) => ({ ...transition, targets: ['nowhere'] })) };
    const failed = toldError(engine.layOut(torn));
    const next = engine.layOut(graph);
    assert.match((await failed).message, /^the machine probe cannot be laid out: .*nowhere/);
    assert.ok((await next).width > 0);
  });

  it('is told as a fault of ours when the thread dies', async () => {
    for (const [code, said] of [
      ['throw new Error("boom")', 'boom'],
      ['process.exit(3)', 'exit code 3'],
    ] as const) {
      const engine = new LayoutEngine({}, new URL(`data:text/javascript,${code}`));
      const error = await toldError(engine.layOut(graph));
      assert.deepEqual([error.code, error.message], ['INTERNAL', `the thread that lays out machines died: ${said}`]);
    }
  });

  it('may have no states at all', async () => {
    const layout = await layOut(toGraph(createMachine({ id: 'nothing' })));
    assert.deepEqual(
      layout.boxes.map(({ id }) => id),
      ['nothing'],
    );
  });
});
