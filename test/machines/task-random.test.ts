/** A task under any sequence of commands, facts and time: one process at most, and none after a stop. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TaskEvent } from '../../machines/task.events.ts';
import { createTaskRig, type TaskRig } from './task-rig.ts';

type Move =
  | { readonly command: 'task.start' | 'task.stop' | 'task.restart' | 'task.kill' | 'task.signal' }
  | { readonly answer: number }
  | { readonly waitMs: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ command: fc.constantFrom('task.start', 'task.stop', 'task.restart', 'task.kill', 'task.signal') }) },
  { weight: 5, arbitrary: fc.record({ answer: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ waitMs: fc.constantFrom(1, 5_000, 10_000) }) },
);

const spawned = (pid: number): TaskEvent => ({ type: 'process.spawned', pid, startTime: `${pid}`, at: pid });
const exited = (exitCode: number | null, survivors: boolean): TaskEvent => ({
  type: 'process.exited',
  exitCode,
  signal: exitCode === null ? 'SIGTERM' : null,
  survivors,
  at: 1,
});

/** What a real process could tell now, going by what it was asked: the machine's state is not consulted. */
function answersOf(rig: TaskRig, told: readonly string[]): TaskEvent[] {
  const asked = rig.commands();
  const lost: TaskEvent = { type: 'process.lost', message: 'gone', at: 1 };
  if (!told.includes('process.spawned')) {
    return [
      spawned(rig.runs.length + 1),
      spawned(rig.runs.length + 1),
      { type: 'process.failed', failure: { reason: 'spawn', message: 'no' }, at: 1 },
      lost,
    ];
  }
  const survives: TaskEvent = { type: 'tree.survives', processes: [{ pid: 7, command: 'stuck' }], at: 2 };
  if (!told.includes('process.exited'))
    return [
      exited(0, false),
      exited(1, true),
      exited(null, false),
      exited(null, true),
      lost,
      ...(asked.includes('SIGKILL') ? [survives] : []),
    ];
  if (asked.includes('sweep'))
    return [
      { type: 'tree.swept', outputComplete: true, at: 3 },
      { type: 'tree.swept', outputComplete: false, at: 3 },
    ];
  if (asked.includes('drain')) return [{ type: 'output.drained', at: 3 }, { type: 'output.stalled', at: 3 }, lost];
  return [{ type: 'tree.gone' }, survives];
}

function createPlayer(leftovers: 'kill' | 'leave', restart: 'never' | 'always') {
  const rig = createTaskRig({ definition: { leftovers, restart, maxRestarts: 'unlimited' } });
  let told: string[] = [];
  let round = 0;
  const answer = (choice: number) => {
    const run = rig.runs.at(-1);
    if (run?.live !== true) return;
    if (rig.runs.length !== round) told = [];
    round = rig.runs.length;
    const answers = answersOf(rig, told);
    const event = answers[choice % answers.length];
    assert.ok(event !== undefined);
    told.push(event.type);
    rig.send(event);
  };
  const play = (step: Move, index: number) => {
    if ('waitMs' in step) rig.advance(step.waitMs);
    else if ('answer' in step) answer(step.answer);
    else if (step.command === 'task.signal') rig.send({ type: 'task.signal', signal: 'SIGHUP' });
    else if (step.command === 'task.stop' || step.command === 'task.kill') rig.send({ type: step.command });
    else rig.send({ type: step.command, runId: `run-${index}` });
    rig.verify();
  };
  return { rig, play, answer };
}

describe('a task under random commands', () => {
  it('case 13: has one live process at most and starts nothing after a stop, over 1,000 commands', () => {
    const moves = fc.array(move, { minLength: 1_000, maxLength: 1_000 });
    let runs = 0;
    fc.assert(
      fc.property(moves, fc.constantFrom('kill', 'leave'), fc.constantFrom('never', 'always'), (steps, leftovers, restart) => {
        const { rig, play, answer } = createPlayer(leftovers, restart);
        steps.forEach(play);
        rig.send({ type: 'task.stop' });
        const begun = rig.runs.length;
        // However it stands, a stop and honest answers bring it to rest: here the process obeys SIGKILL.
        for (let turn = 0; rig.runs.at(-1)?.live === true && turn < 10; turn += 1) answer(0);
        assert.notEqual(rig.status().state, 'running');
        rig.advance(3_600_000);
        assert.equal(rig.runs.length, begun, 'nothing restarts after a stop');
        rig.verify();
        rig.actor.stop();
        runs += begun;
      }),
      { numRuns: 20 },
    );
    assert.ok(runs > 1_000, `only ${runs} runs were begun: the sequences go nowhere`);
  });
});
