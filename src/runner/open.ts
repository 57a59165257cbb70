/** Opening a runner: configuration, data directory, lock, shim, machines, in that order; what fails leaves nothing behind. */
import { dirname } from 'node:path';
import { ROOT_ACTOR_ID } from '../../machines/supervisor.types.ts';
import { ProcessHost } from '../actors/process.actor.ts';
import { ShimLink, type ShimLinkOptions } from '../actors/shim-link.ts';
import { resolveDataDir } from '../config/data-dir.ts';
import { resolveDefinition } from '../config/definition.ts';
import { resolveGroups, type GroupDefinitions } from '../config/group.ts';
import { loadConfig } from '../config/load.ts';
import { resolveTaskDefaults } from '../config/task-defaults.ts';
import { TaskError, messageOf } from '../errors.ts';
import type { TaskDefaults, TaskDefinition } from '../model/definition.ts';
import type { SurvivingProcess } from '../model/event.ts';
import { DirigentPaths } from '../paths.ts';
import { LaunchError } from '../shim/launch.ts';
import { OwnedDir, UnsafePathError } from '../util/owned-dir.ts';
import { ConfigSource, fromFiles, mergeGroups } from './config-source.ts';
import { EventHub } from './event-hub.ts';
import { historyBytes, openHistory } from './history.ts';
import { Inheritance } from './inheritance.ts';
import { KeptTasks } from './kept-tasks.ts';
import { LastRuns } from './last-runs.ts';
import { silentLogger, toContained, type RunnerLogger } from './logger.ts';
import { TaskOutput } from './output.ts';
import { RunnerParts } from './parts.ts';
import { Registry, type Authored } from './registry.ts';
import { Supervision } from './supervision.ts';
import { loadTaskStore } from './task-store.ts';
import { assertTimeout } from './timeout.ts';

/** What `TaskRunner.open` takes: at least one of `dataDir` and `config`. */
export interface OpenOptions<
  Tasks extends Readonly<Record<string, Omit<TaskDefinition, 'name'>>> = Readonly<Record<string, Omit<TaskDefinition, 'name'>>>,
> {
  /** Where logs and state go. @default that of the configuration */
  readonly dataDir?: string;
  /** A `dirigent.toml`, or several: later ones win, task by task. */
  readonly config?: string | readonly string[];
  /** Definitions by name; the compiler then knows the names. */
  readonly tasks?: Tasks;
  /** Task options that hold where nobody says otherwise: neither `[runner]` of a file, nor a definition, wherever it comes from. */
  readonly taskDefaults?: TaskDefaults;
  /** Groups by name; they win over those of a file. */
  readonly groups?: GroupDefinitions;
  /** Starts the tasks marked `runAtStartup`. @default true */
  readonly autostart?: boolean;
  /** The runner's own log: pino, or anything of its shape. @default silent */
  readonly logger?: RunnerLogger;
  /**
   * Room on the disk for every step of every machine, `'16MiB'` or a number of bytes, for `dirigent record`; `false` keeps none.
   * @default that of the configuration, which is 16 MiB
   */
  readonly history?: string | number | false;
  /** How long to wait for another runner to leave the data directory, in milliseconds. @default 0 */
  readonly lockTimeoutMs?: number;
}

/** The names of the tasks in an object of definitions; several instances have theirs besides the one they are defined under. */
export type TaskNames<Tasks extends Readonly<Record<string, Omit<TaskDefinition, 'name'>>>> = string extends keyof Tasks
  ? string
  : {
      [Name in keyof Tasks & string]: Tasks[Name] extends { readonly instances: number } ? Name | `${Name}-${number}` : Name;
    }[keyof Tasks & string];

/** What process 1 has to do, waitpid(2), and Node.js has no call for. */
const NO_INIT = 'this process is number 1, which has to reap orphans and does not; start it by an init, such as tini or docker run --init';

/** Opens the parts of a runner. */
export async function openParts(options: OpenOptions): Promise<RunnerParts> {
  assertPlatform();
  assertTimeout('open: lockTimeoutMs', options.lockTimeoutMs);
  const logger = toContained(options.logger ?? silentLogger);
  if (process.pid === 1) logger.warn({ pid: 1 }, NO_INIT);
  const { source, paths, fromCode } = await readSource(options);
  const { opened: config, taskDefaults, groups } = source.with;
  for (const note of config.notes) logger.info({ note }, 'configuration');
  const dataDir = openDataDir(paths);
  let parts: RunnerParts | undefined;
  let processes: ProcessHost | undefined;
  const link = createLink(paths, options.lockTimeoutMs ?? 0, config.runner.keepRuns, logger, {
    lost: (message) => parts?.shimLost(message),
    gap: (...gap) => parts?.outputMissing(...gap),
  });
  try {
    const stored = loadTaskStore(dataDir).map((input) => fromInput(input, 'tasks.json', taskDefaults));
    const lastRuns = new LastRuns(paths, (task, message) => logger.warn({ task, message }, 'its last run cannot be read'));
    processes = new ProcessHost(paths.dataDir, link, {
      settled: (task, entry) => lastRuns.set(task, entry),
      warning: (message) => logger.warn({}, message),
      survived: (task, left) => tellSurvivors(logger, parts, task, left),
    });
    const kept = new KeptTasks(
      dataDir,
      stored.flatMap(({ input }) => input ?? []),
    );
    await link.client();
    const inheritance = new Inheritance(link);
    processes.adopt(inheritance.held);
    const registry = new Registry(mergeGroups(config, groups));
    parts = createParts({ paths, dataDir, registry, link, processes, lastRuns, inheritance, kept, source, logger });
    parts.enrol(parts.registry.plan(mergeByName([...stored, ...fromFiles(config), ...fromCode]), 'open'));
    // Tasks that nobody defines now are listed with the definition they run under, until someone does.
    parts.enrol(parts.registry.plan(inheritance.undefinedBy(parts.registry), 'open'));
    await processes.asked();
  } catch (error) {
    await parts?.endHistory();
    // What an earlier runner left to this one is left to the next.
    await (processes?.hasHeld === true ? link.handOver() : link.close());
    dataDir.close();
    throw toOpenError(error, paths);
  }
  if (source.with.autostart) parts.autostart();
  return parts;
}

/** Reads what a runner is to be made of. Nothing is opened. */
async function readSource(options: OpenOptions): Promise<{ source: ConfigSource; paths: DirigentPaths; fromCode: readonly Authored[] }> {
  const { tasks = {}, autostart = true, dataDir: explicit } = options;
  const { env } = process;
  const taskDefaults = resolveTaskDefaults(options.taskDefaults ?? {}, { baseDir: process.cwd(), label: 'open: taskDefaults' });
  const opened = await loadConfig({ files: [options.config ?? []].flat(), env, defaults: taskDefaults });
  const dataDir = await resolveDataDir({ explicit, env, config: opened });
  const fromCode = Object.entries(tasks).map(([name, task]) => fromInput({ ...task, name }, 'open', taskDefaults));
  const groups = resolveGroups(options.groups ?? {});
  const history = options.history === undefined ? opened.runner.history : historyBytes(options.history);
  const isNamed = Boolean(explicit || env['DIRIGENT_DATA_DIR']);
  const names = new Set(Object.keys(tasks));
  const source = new ConfigSource({
    taskDefaults,
    dataDir: isNamed ? dataDir : null,
    groups,
    names,
    autostart,
    historyBytes: history,
    opened,
  });
  return { source, paths: new DirigentPaths(dataDir), fromCode };
}

interface Ingredients {
  readonly paths: DirigentPaths;
  readonly dataDir: OwnedDir;
  readonly registry: Registry;
  readonly link: ShimLink;
  readonly processes: ProcessHost;
  readonly lastRuns: LastRuns;
  readonly inheritance: Inheritance;
  readonly kept: KeptTasks;
  readonly source: ConfigSource;
  readonly logger: RunnerLogger;
}

function createParts({ logger, ...ingredients }: Ingredients): RunnerParts {
  const { opened, historyBytes: maxBytes } = ingredients.source.with;
  const { keepRuns, shutdownTimeout } = opened.runner;
  const { paths, dataDir, link, processes, registry } = ingredients;
  const hub = new EventHub((error) => logger.error({ error: messageOf(error) }, 'a listener of events threw'));
  const output = new TaskOutput(paths, link, (task) => parts.runState(task));
  const failed = (problem: string): void => logger.warn({ problem }, 'what the machines do cannot be kept; tasks are not concerned');
  const history = openHistory({ dataDir, maxBytes, name: ROOT_ACTOR_ID, failed });
  const parts: RunnerParts = new RunnerParts({ ...ingredients, hub, output, keepRuns, history });
  parts.supervision = new Supervision({
    processes,
    logger,
    shutdownTimeoutMs: shutdownTimeout,
    inspect: history?.note,
    survived: (task, left) => tellSurvivors(logger, parts, task, left),
    groups: [...registry.groups.values()],
    groupGaveUp: (gaveUp) => parts.groupGaveUp(gaveUp),
    changed: (name, from, to, snapshot) => {
      logger.debug({ task: name, from, to }, 'task changed');
      parts.changed(name, from, to, snapshot);
    },
  });
  return parts;
}

function tellSurvivors(logger: RunnerLogger, parts: RunnerParts | undefined, task: string, processes: readonly SurvivingProcess[]): void {
  logger.error({ task, processes }, 'processes of a task survive SIGKILL');
  parts?.survived(task, processes);
}

function createLink(
  paths: DirigentPaths,
  lockTimeoutMs: number,
  keepRuns: number,
  logger: RunnerLogger,
  told: Required<Pick<ShimLinkOptions, 'lost' | 'gap'>>,
): ShimLink {
  return new ShimLink({
    dataDir: paths.dataDir,
    runDir: paths.runDir(),
    ipcDir: paths.ipcDir(),
    lockTimeoutMs,
    keepRuns,
    warning: (message) => logger.warn({}, message),
    lost: (message) => {
      logger.error({ message }, 'the companion process died');
      told.lost(message);
    },
    gap: told.gap,
  });
}

function openDataDir(paths: DirigentPaths): OwnedDir {
  try {
    const dataDir = OwnedDir.open(paths.dataDir, { parents: true });
    const ipcDir = paths.ipcDir();
    // Its parent may be one that anyone could have made first, such as a folder in /tmp: so it is looked at too.
    for (const dir of [paths.runDir(), paths.tasksDir(), dirname(ipcDir), ipcDir]) OwnedDir.open(dir, { parents: true }).close();
    return dataDir;
  } catch (error) {
    throw toOpenError(error, paths);
  }
}

function fromInput(input: unknown, label: 'open' | 'tasks.json', defaults: TaskDefaults): Authored {
  const isPersisted = label === 'tasks.json';
  const definition = resolveDefinition(input, { baseDir: process.cwd(), label, defaults });
  return { input: input as TaskDefinition, definition, origin: isPersisted ? 'api' : 'code', isPersisted };
}

/** Later ones win: a file over what was persisted, code over a file. */
function mergeByName(all: readonly Authored[]): Authored[] {
  return [...new Map(all.map((authored) => [authored.definition.name, authored])).values()];
}

function assertPlatform(): void {
  if (process.platform !== 'win32') return;
  throw new TaskError(
    'PLATFORM_UNSUPPORTED',
    'dirigent needs process groups, FIFOs and unix sockets, which Windows does not have; run it in WSL',
  );
}

function toOpenError(error: unknown, paths: DirigentPaths): unknown {
  if (TaskError.is(error)) return error;
  const cause = { cause: error };
  if (error instanceof UnsafePathError) return new TaskError('DATA_DIR_UNSAFE', error.message, cause);
  if (error instanceof LaunchError && error.reason === 'busy') {
    return new TaskError('DATA_DIR_BUSY', `${paths.dataDir}: ${error.message}; stop it, or use another data directory`, {
      ...cause,
      details: { pid: error.pid ?? null, dataDir: paths.dataDir },
    });
  }
  if (error instanceof LaunchError) return new TaskError('SHIM_LOST', error.message, cause);
  return new TaskError('DATA_DIR_UNUSABLE', `the data directory ${paths.dataDir} cannot be used: ${messageOf(error)}`, cause);
}
