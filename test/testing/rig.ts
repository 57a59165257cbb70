/** Worlds of simulated tasks, watched for what must hold at every moment. Nothing here is real, and no time passes. */
import assert from 'node:assert/strict';
import type { TaskCommand } from '../../machines/task.events.ts';
import { toStatus } from '../../machines/task.status.ts';
import { TaskDefinitionSchema, type ResolvedTask, type TaskDefinition } from '../../src/model/definition.ts';
import { GroupSchema, type GroupDefinition } from '../../src/model/group.ts';
import type { TaskStatus } from '../../src/model/status.ts';
import { resolveTaskScript, type TaskScript } from '../../src/testing/process-script.ts';
import { VirtualWorld } from '../../src/testing/world.ts';

/** Definitions by name, and what their processes do. */
export interface WorldOptions {
  readonly tasks: Readonly<Record<string, Partial<TaskDefinition>>>;
  readonly groups?: Readonly<Record<string, Omit<GroupDefinition, 'name'>>>;
  readonly processes?: Readonly<Record<string, TaskScript>>;
}

/** A world, everything that happened in it, and short ways to ask for more. */
export type WorldRig = ReturnType<typeof createWorld>;

const SHUTDOWN_TIMEOUT_MS = 60_000;

/** Definitions as a runner would have them. */
export const define = (tasks: WorldOptions['tasks']): ResolvedTask[] =>
  Object.entries(tasks).map(([name, task]) => TaskDefinitionSchema.parse({ command: 'serve', ...task, name }));

/** Makes a world in which nothing has been started. */
export function createWorld(options: WorldOptions) {
  const definitions = define(options.tasks);
  const { world, ...record } = createRecorded(options, definitions);
  const status = (name: string): TaskStatus => toStatus(world.snapshot(name));
  return {
    world,
    definitions,
    ...record,
    ...createCommands(world),
    status,
    phase: (name: string): string => describe(status(name)),
    phases: (): string[] => definitions.filter(({ name }) => world.has(name)).map(({ name }) => `${name} ${describe(status(name))}`),
    /** Answers the log since the last call. */
    since: (): string[] => record.log.splice(0),
  };
}

/** A world that writes down what happens in it. */
function createRecorded({ groups = {}, processes = {} }: WorldOptions, definitions: readonly ResolvedTask[]) {
  /** Each move of each task, as `web running.ready`. */
  const log: string[] = [];
  /** Who began a run, in order. */
  const begun: string[] = [];
  const gaveUps: string[] = [];
  /** Who began to wait because someone asked for a start, or needed it. */
  const requestedWaits: string[] = [];
  const violations: string[] = [];
  const shown = new Map<string, string>();
  const scripts = new Map(definitions.map(({ name }) => [name, resolveTaskScript(processes[name] ?? {}, name)]));
  const world: VirtualWorld = new VirtualWorld({
    groups: Object.entries(groups).map(([name, group]) => GroupSchema.parse({ ...group, name })),
    startsAt: 0,
    shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
    script: ({ name }, run) => {
      if (world.process(name)?.isAlive === true) violations.push(`two live processes of ${name}`);
      begun.push(name);
      const own = scripts.get(name) ?? [];
      const script = own[Math.min(run, own.length - 1)];
      assert.ok(script !== undefined);
      return script;
    },
    stepped: (name, snapshot) => {
      const text = describe(toStatus(snapshot));
      if (shown.get(name) !== text) log.push(`${name} ${text}`);
      if (snapshot.hasTag('phase:waiting') && snapshot.context.restarts === 0) requestedWaits.push(name);
      shown.set(name, text);
    },
    groupGaveUp: ({ group, task, count }) => gaveUps.push(`${group}: ${task}, ${count}`),
  });
  world.add(definitions);
  return { world, log, begun, gaveUps, requestedWaits, violations };
}

/** What can be asked for, and what can happen. */
function createCommands(world: VirtualWorld) {
  const ask = (name: string, type: 'task.start' | 'task.stop' | 'task.restart' | 'task.kill'): void => {
    const command: TaskCommand = type === 'task.start' || type === 'task.restart' ? { type, runId: world.newRunId() } : { type };
    world.send(name, command);
  };
  return {
    start: (...names: string[]) => names.forEach((name) => ask(name, 'task.start')),
    stop: (name: string) => ask(name, 'task.stop'),
    restart: (name: string) => ask(name, 'task.restart'),
    kill: (name: string) => ask(name, 'task.kill'),
    /** The process dies of a signal from outside. */
    crash: (...names: string[]) => {
      for (const name of names) world.process(name)?.signal('SIGKILL');
      world.settle();
    },
    exit: (name: string, exitCode: number) => {
      world.process(name)?.exit(exitCode);
      world.settle();
    },
    advance: (ms: number) => {
      const until = world.clock.now() + ms;
      while (world.step(until));
      world.clock.runUntil(until);
    },
  };
}

const describe = ({ state, phase }: TaskStatus): string => `${state}.${phase}`;
