/** A live task machine on scripted processes and simulated time, watched for what must hold at every moment. */
import assert from 'node:assert/strict';
import { createActor, fromCallback, SimulatedClock, type AnyActorRef, type InspectionEvent } from 'xstate';
import { probeMachine, type CheckInput, type ProbeEvent } from '../../machines/probe.machine.ts';
import { taskMachine } from '../../machines/task.machine.ts';
import { toStatus } from '../../machines/task.status.ts';
import type { TaskEvent, TaskFact } from '../../machines/task.events.ts';
import type { ProcessCommand, ProcessInput, ScheduleCommand, ScheduleInput, TaskResume, WatchInput } from '../../machines/task.types.ts';
import { TaskDefinitionSchema, type ResolvedTask, type TaskDefinition } from '../../src/model/definition.ts';
import { TaskStatus, type TaskFailure } from '../../src/model/status.ts';

/** A resolved definition named `web`. */
export const define = (options: Partial<TaskDefinition> = {}): ResolvedTask =>
  TaskDefinitionSchema.parse({ name: 'web', command: 'serve', ...options });

/** What a scripted process was given and asked, and the way to let it speak. */
export interface ScriptedRun {
  readonly input: ProcessInput;
  readonly commands: ProcessCommand[];
  live: boolean;
  readonly tell: (fact: TaskFact) => void;
}

/** Options of {@link createTaskRig}. */
export interface TaskRigOptions {
  readonly definition?: Partial<TaskDefinition>;
  readonly fault?: TaskFailure;
  readonly resume?: TaskResume;
  readonly supervisor?: AnyActorRef;
  /** Called with each command as it arrives, to answer it at once. */
  readonly onCommand?: (command: ProcessCommand, run: ScriptedRun) => void;
  readonly inspect?: (event: InspectionEvent) => void;
}

/** A live task machine, and everything it did. */
export type TaskRig = ReturnType<typeof createTaskRig>;

/** Starts a task machine whose invariants are asserted at every step; what did not hold is thrown by `verify`. */
export function createTaskRig(options: TaskRigOptions = {}) {
  const watch = createWatch();
  const clock = new SimulatedClock();
  const { definition, fault, resume, supervisor, inspect } = options;
  if (resume !== undefined) watch.hear({ type: 'task.start' }); // of an earlier runner
  const actor = createActor(taskMachine.provide({ actors: { process: createProcess(watch, options), ...SILENT } }), {
    clock,
    ...(inspect === undefined ? {} : { inspect }),
    input: {
      name: 'web',
      definition: define(definition),
      ...(fault === undefined ? {} : { fault }),
      ...(resume === undefined ? {} : { resume }),
      ...(supervisor === undefined ? {} : { supervisor }),
    },
  });
  actor.subscribe({
    next: (snapshot) => watch.see(toStatus(snapshot), snapshot.context.outputComplete),
    error: (error) => watch.note(() => assert.fail(String(error))),
  });
  actor.start();
  const { runs, statuses } = watch;
  return {
    actor,
    clock,
    runs,
    statuses,
    /** A command goes to the machine; a fact through the live process, where there is one. */
    send: (event: TaskEvent) => {
      watch.hear(event);
      const run = runs.at(-1);
      if (isFact(event) && run?.live === true) run.tell(event);
      else actor.send(event);
    },
    status: () => toStatus(actor.getSnapshot()),
    context: () => actor.getSnapshot().context,
    /** Advances the clock. */
    advance: (ms: number) => {
      watch.hear({ type: 'time' });
      clock.increment(ms);
    },
    /** Commands of the newest run by their names; of a signal, the signal's. */
    commands: () => (runs.at(-1)?.commands ?? []).map((command) => (command.type === 'signal' ? command.signal : command.type)),
    verify: () => watch.verify(),
  };
}

/** Probes, a schedule and a watcher that say nothing by themselves. */
const SILENT = {
  probe: probeMachine.provide({ actors: { check: fromCallback<ProbeEvent, CheckInput>(() => undefined) } }),
  schedule: fromCallback<ScheduleCommand, ScheduleInput>(() => undefined),
  watch: fromCallback<TaskEvent, WatchInput>(() => undefined),
};

type Watch = ReturnType<typeof createWatch>;

/** Judges a machine by what was asked of it and what it did, from outside alone. */
function createWatch() {
  const runs: ScriptedRun[] = [];
  const statuses: TaskStatus[] = [];
  const violations: unknown[] = [];
  // A start allows runs until a stop takes that back.
  let isWanted = false;
  let lastEvent = '';
  // Kept, not thrown: an exception here would be one inside the machine.
  const note = (check: () => void) => {
    try {
      check();
    } catch (violation) {
      violations.push(violation);
    }
  };
  return {
    runs,
    statuses,
    note,
    hear: ({ type }: { readonly type: string }) => {
      lastEvent = type;
      if (type === 'task.start' || type === 'task.restart' || type === 'schedule.start' || type === 'schedule.due') isWanted = true;
      if (type === 'task.stop' || type === 'task.kill') isWanted = false;
    },
    begin: (run: ScriptedRun) => {
      note(() =>
        assert.ok(
          runs.every(({ live }) => !live),
          'two processes at once',
        ),
      );
      note(() => assert.ok(isWanted, 'a run began that nobody asked for'));
      runs.push(run);
    },
    see: (status: TaskStatus, outputComplete: boolean | null) => {
      note(() => checkMoment(status, outputComplete, runs, statuses.at(-1)));
      note(() => checkKilling(status, statuses.at(-1), lastEvent));
      statuses.push(status);
    },
    verify: () => {
      if (violations.length > 0) throw violations[0];
    },
  };
}

const createProcess = (watch: Watch, { onCommand }: TaskRigOptions) =>
  fromCallback<ProcessCommand, ProcessInput>(({ input, receive, sendBack }) => {
    const run: ScriptedRun = { input, commands: [], live: true, tell: (fact) => sendBack(fact) };
    watch.begin(run);
    receive((command) => {
      watch.note(() => assert.notEqual(run.commands.at(-1)?.type, 'settle', 'a command after settle'));
      run.commands.push(command);
      onCommand?.(command, run);
    });
    return () => {
      run.live = false;
    };
  });

/** Whether an event is told by a process, and neither asked by a user nor told by another. */
export const isFact = (event: TaskEvent): event is TaskFact => /^(?:process|tree|output|stop|memory|run|start)\./.test(event.type);

function checkMoment(now: TaskStatus, outputComplete: boolean | null, runs: readonly ScriptedRun[], before: TaskStatus | undefined): void {
  TaskStatus.parse(now);
  if (now.state === 'running') {
    assert.equal(outputComplete, null, 'the output of a run that goes on cannot be complete');
    if (now.phase === 'starting' || now.phase === 'draining') assert.equal(now.pid, null);
    return;
  }
  if (now.phase === 'waiting') return assert.equal(outputComplete, null, 'a run that waits has no output');
  const isAfterRun = runs.length > 0 || before?.phase === 'waiting';
  if (isAfterRun) assert.notEqual(outputComplete, null, 'settled, and unknown whether the output is complete');
  if (before?.state !== 'running') return;
  const last = runs.at(-1)?.commands.at(-1);
  const { memory, ...verdict } = last?.type === 'settle' ? last : { memory: undefined };
  assert.deepEqual(verdict, { type: 'settle', status: now, outputComplete });
  assert.deepEqual(JSON.parse(JSON.stringify(memory)), memory, 'what is remembered is for a file');
}

/** SIGKILL follows the stop signal, or a kill that was asked for; in `starting` that waits for the process. */
function checkKilling(now: TaskStatus, before: TaskStatus | undefined, lastEvent: string): void {
  if (now.phase !== 'killing' || before === undefined || before.phase === 'stopping' || before.phase === 'killing') return;
  const isOrdered = lastEvent === 'task.kill' || (before.phase === 'starting' && lastEvent === 'process.spawned');
  assert.ok(isOrdered, `killing came after ${before.phase} by ${lastEvent}`);
}
