/**
 * Plays a configuration in virtual time: what becomes of it in a day in which a task dies every seven minutes. The real machines
 * decide; the same configuration and script give the same timeline. Starts nothing on this computer.
 */
import type { GroupGaveUp } from '../../machines/orchestration.types.ts';
import { configuredTasks, resolveTasks, TaskError, type LoadedConfig, type ResolvedTask, type TaskDefinitions } from '../index.ts';
import { OutcomeWatch, type Move, type TaskOutcome } from './outcome.ts';
import { resolveScript, resolveTaskScript, toMs, type ResolvedScript, type TaskScript, type Time } from './process-script.ts';
import { VirtualWorld } from './world.ts';

const DEFAULT_TIME: Time = '24h';
const DEFAULT_START = '2000-01-01T00:00:00Z';
const SHUTDOWN_TIMEOUT_MS = 30_000;
/** How long a job runs that no script speaks of. */
const JOB_MS = 1_000;
/** More, and the simulation ends with an error instead of taking all memory. */
const MAX_MOVES = 2_000_000;

/** What is simulated: a configuration that was loaded, or definitions as for `TaskRunner.open`. */
export type SimulatedConfig = LoadedConfig | TaskDefinitions;

/** Something that someone does meanwhile. */
export interface SimulatedCommand {
  /** How long after the beginning. */
  readonly at: Time;
  readonly do: 'start' | 'stop' | 'restart' | 'kill';
  readonly task: string;
}

/** What happens. Everything may be left out: then the tasks start, and nothing ever goes wrong. */
export interface SimulationScript {
  /** How long. @default '24h' */
  readonly for?: Time;
  /** Who is started at the beginning. @default those with `runAtStartup`; all, if none has it */
  readonly start?: readonly string[];
  /**
   * What the processes of a task do. @default they live until they are told to end; those of a job, a task that is never restarted and
   * has a schedule or is waited for until it has finished or succeeded, exit with 0 after a second
   */
  readonly processes?: Readonly<Record<string, TaskScript>>;
  /** Whose process gets SIGKILL, and how often: at each multiple of that time at which there is one. */
  readonly kill?: Readonly<Record<string, Time>>;
  /** What someone asks for meanwhile. */
  readonly commands?: readonly SimulatedCommand[];
  /** The date of the beginning, for schedules. @default 2000-01-01T00:00:00Z */
  readonly startsAt?: Date | string;
}

/** A group gave up, and its tasks were stopped. */
export interface SimulatedGroupGaveUp extends GroupGaveUp {
  /** Milliseconds since the simulation began. */
  readonly at: number;
}

/** What came of it. Plain data: it survives JSON. */
export interface Simulation {
  readonly forMs: number;
  /** Every move of every task, in order. */
  readonly timeline: readonly Move[];
  readonly groupsGaveUp: readonly SimulatedGroupGaveUp[];
  /** By name, in the order of definition. */
  readonly tasks: Readonly<Record<string, TaskOutcome>>;
}

/**
 * Simulates a configuration.
 * @throws TaskError `TASK_INVALID` and `CONFIG_INVALID` for definitions with problems, `TASK_NOT_FOUND` for a name of the script that no
 * task has, `ARGUMENT_INVALID` for the rest of it
 */
export function simulate(config: SimulatedConfig, script: SimulationScript = {}): Simulation {
  const { tasks, groups } = toTasks(config);
  const plan = resolvePlan(script, tasks);
  const timeline: Move[] = [];
  const groupsGaveUp: SimulatedGroupGaveUp[] = [];
  const watches = new Map(tasks.map(({ name }) => [name, new OutcomeWatch(name, plan.startsAt)]));
  const world = new VirtualWorld({
    groups,
    startsAt: plan.startsAt,
    shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
    script: (task, run) => scriptOf(plan, task, run),
    stepped: (name, snapshot) => {
      const move = watches.get(name)?.see(snapshot, world.clock.now());
      if (move !== undefined) timeline.push(move);
    },
    groupGaveUp: (gaveUp) => groupsGaveUp.push({ at: world.clock.now() - plan.startsAt, ...gaveUp }),
  });
  try {
    world.add(tasks);
    arm(world, plan);
    for (const name of plan.start) world.send(name, { type: 'task.start', runId: world.newRunId() });
    const endsAt = plan.startsAt + plan.forMs;
    while (world.step(endsAt)) if (timeline.length > MAX_MOVES) throw tooLong(world.clock.now() - plan.startsAt);
    const results = [...watches].map(([name, watch]) => [name, watch.result(endsAt)] as const);
    return { forMs: plan.forMs, timeline, groupsGaveUp, tasks: Object.fromEntries(results) };
  } finally {
    world.destroy();
  }
}

function toTasks(config: SimulatedConfig): ReturnType<typeof resolveTasks> {
  if (!isLoaded(config)) return resolveTasks(config, 'simulate');
  return configuredTasks(config);
}

const isLoaded = (config: SimulatedConfig): config is LoadedConfig => Array.isArray(config.tasks);

/** A script, complete and checked. */
interface Plan {
  readonly forMs: number;
  readonly startsAt: number;
  readonly start: readonly string[];
  readonly scripts: ReadonlyMap<string, readonly ResolvedScript[]>;
  readonly kills: readonly (readonly [name: string, everyMs: number])[];
  readonly commands: readonly (SimulatedCommand & { readonly atMs: number })[];
  readonly jobs: ReadonlySet<string>;
}

function resolvePlan(script: SimulationScript, tasks: readonly ResolvedTask[]): Plan {
  const { for: time = DEFAULT_TIME, start, processes = {}, kill = {}, commands = [], startsAt = DEFAULT_START } = script;
  const names = new Set(tasks.map(({ name }) => name));
  const asked = [...(start ?? []), ...Object.keys(processes), ...Object.keys(kill), ...commands.map(({ task }) => task)];
  for (const name of asked) if (!names.has(name)) throw unknown(name, [...names]);
  const beginning = new Date(startsAt).getTime();
  if (Number.isNaN(beginning)) throw new TaskError('ARGUMENT_INVALID', `startsAt: expected a date, got ${JSON.stringify(startsAt)}`);
  return {
    forMs: toMs(time, 'for'),
    startsAt: beginning,
    start: start ?? toStarted(tasks),
    scripts: new Map(Object.entries(processes).map(([name, one]) => [name, resolveTaskScript(one, `processes.${name}`)])),
    kills: Object.entries(kill).map(([name, every]) => [name, toInterval(every, `kill.${name}`)]),
    commands: commands.map((command, index) => ({ ...command, atMs: toMs(command.at, `commands[${index}].at`) })),
    jobs: toJobs(tasks),
  };
}

const unknown = (name: string, names: readonly string[]): TaskError =>
  new TaskError(
    'TASK_NOT_FOUND',
    `there is no task ${JSON.stringify(name)} to simulate; there are ${names.slice(0, 10).join(', ') || 'none'}`,
    {
      details: { task: name },
    },
  );

function toStarted(tasks: readonly ResolvedTask[]): string[] {
  const atStartup = tasks.filter(({ runAtStartup }) => runAtStartup);
  return (atStartup.length > 0 ? atStartup : tasks).map(({ name }) => name);
}

function toInterval(time: Time, label: string): number {
  const ms = toMs(time, label);
  if (ms > 0) return ms;
  throw new TaskError('ARGUMENT_INVALID', `${label}: expected a duration of more than 0, got ${JSON.stringify(time)}`);
}

/** Those that are meant to end by themselves. */
function toJobs(tasks: readonly ResolvedTask[]): ReadonlySet<string> {
  const awaited = new Set(
    tasks.flatMap(({ dependsOn }) =>
      dependsOn.filter(({ until }) => until === 'finished' || until === 'succeeded').map(({ task }) => task),
    ),
  );
  const isJob = ({ name, restart, schedule }: ResolvedTask): boolean =>
    restart === 'never' && (schedule !== undefined || awaited.has(name));
  return new Set(tasks.filter(isJob).map(({ name }) => name));
}

const SERVICE = resolveScript({}, 'service');
const JOB = resolveScript({ exitsAfter: JOB_MS }, 'job');

function scriptOf({ scripts, jobs }: Plan, { name }: ResolvedTask, run: number): ResolvedScript {
  const own = scripts.get(name);
  return own?.[Math.min(run, own.length - 1)] ?? (jobs.has(name) ? JOB : SERVICE);
}

/** Sets the timers of what comes from outside. */
function arm(world: VirtualWorld, { kills, commands }: Plan): void {
  for (const [name, everyMs] of kills) {
    const strike = (): void => {
      world.process(name)?.signal('SIGKILL');
      world.clock.setTimeout(strike, everyMs);
    };
    world.clock.setTimeout(strike, everyMs);
  }
  for (const command of commands) world.clock.setTimeout(() => obey(world, command), command.atMs);
}

function obey(world: VirtualWorld, { do: what, task }: SimulatedCommand): void {
  switch (what) {
    case 'kill':
      return world.process(task)?.signal('SIGKILL');
    case 'stop':
      return world.post(task, { type: 'task.stop' });
    case 'start':
    case 'restart':
      return world.post(task, { type: `task.${what}`, runId: world.newRunId() });
  }
}

const tooLong = (ms: number): TaskError =>
  new TaskError('ARGUMENT_INVALID', `${MAX_MOVES} moves within ${ms} ms: simulate a shorter time, or tasks that end less often`);
