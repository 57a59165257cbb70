/** What happened, in words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMachine } from 'xstate';
import type { ActorState } from '../../src/trace/fold.ts';
import type { Frame, TransitionFrame } from '../../src/trace/frame.ts';
import { toGraph } from '../../src/trace/graph.ts';
import { toEventText, toLastStep, toName, toOutcome } from '../../src/trace/words.ts';

const actors = new Map<string, ActorState>(
  [
    { s: 'x:0', id: 'x:0', m: 'supervisor', st: 'active' } as const,
    { s: 'x:1', id: 'web', p: 'x:0', st: 'active' } as const,
    { s: 'x:3', id: 'x:3', sys: 'dirigent/services/task-runner', st: 'active' } as const,
    { s: 'x:4', id: 'dirigent/services/task-runner/api', p: 'x:3', st: 'active' } as const,
    { s: 'x:2', id: 'process', p: 'x:1', st: 'active' } as const,
  ].map((actor) => [actor.s, actor]),
);
const tx = (more: Partial<TransitionFrame>): Extract<Frame, TransitionFrame> => ({
  k: 'tx',
  n: 1,
  t: 1,
  s: 'x:1',
  e: { type: 'go' },
  tr: [],
  ...more,
});

describe('words', () => {
  it('name an actor so that it is known where it stands alone', () => {
    assert.deepEqual(
      ['x:0', 'x:1', 'x:2', 'x:3', 'x:4', 'x:9', undefined].map((s) => toName(s, actors)),
      ['supervisor', 'web', 'web › process', 'task-runner', 'api', 'x:9', 'outside'],
    );
  });

  const types: readonly (readonly [string, string])[] = [
    ['xstate.after.stopTimeout.task.running.stopping', 'after stopTimeout'],
    ['xstate.after.500.light.green', 'after 500 ms'],
    ['xstate.done.actor.fetch', 'done fetch'],
    ['xstate.error.actor.0.trip.asking', 'error 0.trip.asking'],
    ['xstate.init', 'init'],
    ['xstate.mine', 'xstate.mine'],
    ['task.start', 'task.start'],
  ];
  for (const [type, text] of types) {
    it(`call ${type} "${text}"`, () => {
      assert.equal(toEventText(type), text);
    });
  }

  const outcomes: readonly (readonly [Frame, string])[] = [
    [tx({ v: { running: 'ready' }, tr: ['t'] }), 'changed → running.ready'],
    [tx({ v: 'over', st: 'done', tr: ['t'] }), 'ended → over done'],
    [tx({ tr: ['t'], act: ['log', 'count'] }), 'handled stays; log, count'],
    [tx({ st: 'error', err: { name: 'Error', message: 'boom' } }), 'failed failed: boom'],
    [tx({ ig: { why: 'guard', guards: ['isReady'] } }), 'ignored ignored: the guard isReady was false'],
    [tx({ ig: { why: 'guard', guards: ['a', 'b'] } }), 'ignored ignored: the guards a, b were false'],
    [tx({ ig: { why: 'unhandled', in: ['m.a', 'm.b'] } }), 'ignored ignored: no active state reacts to it; m.a, m.b would'],
    [tx({ ig: { why: 'unhandled', in: [] } }), 'ignored ignored: no state of the machine reacts to it'],
    [{ k: 'dead', n: 1, t: 1, s: 'x:1', e: { type: 'late' } }, 'lost not delivered: the actor had ended'],
    [{ k: 'actor', n: 1, t: 1, a: { s: 'x:1', id: 'web', st: 'active', v: 'idle' } }, 'came came, in idle'],
  ];
  for (const [frame, expected] of outcomes) {
    it(`say "${expected}"`, () => {
      const { kind, text } = toOutcome(frame);
      assert.equal(`${kind} ${text}`, expected);
    });
  }

  it('tell the last step of an actor', () => {
    const graph = toGraph(
      createMachine({ id: 'm', initial: 'a', states: { a: { on: { go: { target: 'b' } } }, b: { always: 'c' }, c: {} } }),
    );
    const actor: ActorState = { s: 'x:1', id: 'web', st: 'active', last: tx({ from: 'x:2', tr: ['m.a|go|0', 'm.b||0'] }) };
    assert.equal(toLastStep(actor, graph, actors), 'go from web › process: a → b → c');
    assert.equal(toLastStep({ s: 'x:1', id: 'web', st: 'active' }, graph, actors), '');
  });
});
