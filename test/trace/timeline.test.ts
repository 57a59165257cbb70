/** A timeline at each of its moments, against frames folded one by one from the beginning. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ActorInfo, ActorStatus, Frame, Hello } from '../../src/trace/frame.ts';
import { toGraph } from '../../src/trace/graph.ts';
import { Timeline } from '../../src/trace/timeline.ts';
import { createMachine } from 'xstate';
import { seeded } from '../rig/random.ts';

const hello: Hello = {
  k: 'hello',
  v: 1,
  n: 10,
  t: 1000,
  boot: 'b',
  source: { name: 'test', pid: 1, node: 'v20.20.2' },
  machines: [],
  actors: [{ s: 'x:0', id: 'root', st: 'active', v: 'a', c: { count: 0 } }],
};

const STATUSES: readonly ActorStatus[] = ['done', 'error', 'stopped'];

/** Frames as actors that come, change and end make them, some of actors that nobody told. */
function framesOf(seed: number, length: number): Frame[] {
  const below = seeded(seed);
  let born = 1;
  const frames: Frame[] = [];
  for (let n = hello.n + 1; frames.length < length; n += 1 + below(2)) {
    const s = `x:${below(born + 1)}`;
    const kind = below(10);
    if (kind === 0) frames.push({ n, t: n, k: 'actor', a: { s: `x:${born++}`, id: 'child', p: 'x:0', st: 'active' } });
    else if (kind === 1) frames.push({ n, t: n, k: 'dead', s, e: { type: 'late' } });
    else if (kind === 2) frames.push({ n, t: n, k: 'tx', s, e: { type: 'nobody' }, tr: [], ig: { why: 'unhandled', in: [] } });
    else frames.push(changeOf(n, s, below));
  }
  return frames;
}

function changeOf(n: number, s: string, below: (limit: number) => number): Frame {
  const status = STATUSES[below(40)];
  return {
    n,
    t: n,
    k: 'tx',
    s,
    e: { type: 'go' },
    tr: ['t|go|0'],
    v: `v${below(9)}`,
    c: { [`key${below(4)}`]: n },
    ...(below(3) === 0 && { cx: [`key${below(4)}`] }),
    ...(status !== undefined && s !== 'x:0' && { st: status, out: n }),
    ...(status === 'error' && { err: { name: 'Error', message: 'broken' } }),
  };
}

/** The plain way: every frame from the beginning, each actor changed in place. */
function foldPlainly(frames: readonly Frame[], n: number): Record<string, Record<string, unknown>> {
  const actors: Record<string, Record<string, unknown>> = Object.fromEntries(
    hello.actors.map((actor) => [actor.s, structuredClone({ ...actor })]),
  );
  for (const frame of frames) {
    if (frame.n > n) break;
    if (frame.k === 'actor') actors[frame.a.s] = { ...frame.a };
    const actor = frame.k === 'tx' ? actors[frame.s] : undefined;
    if (frame.k !== 'tx' || actor === undefined) continue;
    if (frame.ig === undefined) actor['last'] = frame;
    for (const key of ['st', 'v', 'out', 'err'] as const) if (frame[key] !== undefined) actor[key] = frame[key];
    if (frame.c !== undefined) actor['c'] = { ...(actor['c'] as object | undefined), ...frame.c };
    const context = actor['c'] as Record<string, unknown>;
    for (const key of frame.cx ?? []) delete context[key];
  }
  return actors;
}

const told = (actors: ReadonlyMap<string, unknown>): Record<string, unknown> => Object.fromEntries(actors);

describe('a timeline', () => {
  it('tells the actors at every moment as folding everything before it does', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(2500), fc.array(fc.nat(5000), { maxLength: 12 }), (seed, length, moments) => {
        const frames = framesOf(seed, length);
        const timeline = new Timeline(hello);
        for (const frame of frames) timeline.push(frame);
        for (const n of [...moments, hello.n, timeline.end]) assert.deepEqual(told(timeline.actorsAt(n)), foldPlainly(frames, n));
      }),
      { numRuns: 40 },
    );
  });

  it('tells the same while it grows, and leaves alone what was asked for before', () => {
    const frames = framesOf(7, 300);
    const timeline = new Timeline(hello);
    const asked = frames.map((frame) => {
      timeline.push(frame);
      return timeline.actorsAt(timeline.end);
    });
    for (const [index, actors] of asked.entries()) assert.deepEqual(told(actors), foldPlainly(frames, frames[index]?.n ?? 0));
  });

  it('drops its oldest frames where there are too many, and forgets the actors that had ended by then', () => {
    const frames = framesOf(11, 3000);
    const timeline = new Timeline(hello, { maxFrames: 1000 });
    for (const frame of frames) timeline.push(frame);
    assert.ok(timeline.frames.length <= 1000 && timeline.frames.length >= 800);
    assert.ok(timeline.hello.n > hello.n);
    assert.deepEqual(timeline.frames, frames.slice(-timeline.frames.length));
    const forgotten = Object.values(foldPlainly(frames, timeline.hello.n)).filter(({ st, p }) => st !== 'active' && p !== undefined);
    assert.ok(forgotten.length > 0);
    for (const n of [0, timeline.hello.n, timeline.hello.n + 400, timeline.end]) {
      const whole = foldPlainly(frames, Math.max(n, timeline.hello.n));
      for (const { s } of forgotten) delete whole[String(s)];
      assert.deepEqual(told(timeline.actorsAt(n)), whole);
    }
  });

  it('counts a frame that is told twice once, and begins anew where a hello comes', () => {
    const frames = framesOf(3, 50);
    const timeline = new Timeline(hello);
    for (const frame of [...frames, ...frames]) timeline.push(frame);
    assert.deepEqual(timeline.frames, frames);
    const actors: ActorInfo[] = [{ s: 'y:1', id: 'other', st: 'active' }];
    timeline.push({ ...hello, n: 900, boot: 'c', actors });
    assert.deepEqual([timeline.frames, timeline.end, told(timeline.actorsAt(900))], [[], 900, { 'y:1': actors[0] }]);
  });

  it('knows the machines, those of the hello and those that came later', () => {
    const [one, two] = ['one', 'two'].map((id) => toGraph(createMachine({ id })));
    assert.ok(one !== undefined && two !== undefined);
    const timeline = new Timeline({ ...hello, machines: [{ g: one }] }, { maxFrames: 2 });
    timeline.push({ n: 11, t: 1, k: 'machine', g: two });
    for (const frame of framesOf(5, 9)) timeline.push({ ...frame, n: frame.n + 10 });
    assert.deepEqual(
      [...timeline.machines],
      [
        ['one', { g: one }],
        ['two', { g: two }],
      ],
    );
    assert.deepEqual(timeline.hello.machines, [{ g: one }, { g: two }]);
  });
});
