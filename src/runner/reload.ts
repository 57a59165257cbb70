/** Reads the configuration of a runner once more, and takes over what changed. What did not is not touched. */
import { isDeepStrictEqual } from 'node:util';
import { newRunId } from '../actors/process.actor.ts';
import { resolveDataDir } from '../config/data-dir.ts';
import { resolveDefinition } from '../config/definition.ts';
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/loaded.ts';
import { TaskError } from '../errors.ts';
import type { ResolvedGroup } from '../model/group.ts';
import { fromFiles, mergeGroups, type ConfigSource } from './config-source.ts';
import type { Authored, Plan } from './definition-plan.ts';
import type { RunnerParts } from './parts.ts';
import { toChanges, toTakeover, withoutGone, type ReloadPlan, type TaskChanges, type Takeover } from './reload-plan.ts';
import { renewed, stopped } from './tickets.ts';

/** What `reload` takes. */
export interface ReloadOptions {
  /** Only says what would be done. @default false */
  readonly dryRun?: boolean;
}

/** Everything that is to be done, judged as a whole. */
interface Decision {
  readonly config: LoadedConfig;
  readonly groups: ReadonlyMap<string, ResolvedGroup>;
  readonly takeover: Takeover;
  readonly plan: Plan;
  readonly changes: TaskChanges;
  readonly told: ReloadPlan;
}

/** Reloads the configuration of a runner, one time after the other. @throws TaskError, as `TaskRunner.reload` says */
export function reload(parts: RunnerParts, { dryRun = false }: ReloadOptions): Promise<ReloadPlan> {
  return parts.source.inTurn(async () => {
    const config = await readAgain(parts.source);
    const notes = await toNotes(parts, config);
    parts.assertOpen();
    const decision = decide(parts, config, { dryRun, notes });
    if (!dryRun) await takeOver(parts, decision);
    return decision.told;
  });
}

async function readAgain({ with: { opened, taskDefaults } }: ConfigSource): Promise<LoadedConfig> {
  const { files } = opened;
  if (files.length > 0) return loadConfig({ files, env: process.env, defaults: taskDefaults });
  const message = 'reload: expected a runner with configuration files, got one that was opened without; give them to open, as config';
  throw new TaskError('ARGUMENT_INVALID', message);
}

/** What changed and cannot change while the runner is open; and what the files hold that is ignored, if it was not there before. */
async function toNotes({ paths, source }: RunnerParts, config: LoadedConfig): Promise<string[]> {
  const { opened, dataDir } = source.with;
  const later = (what: string): string => `${what} takes effect at the next start (dirigent serve --takeover)`;
  const nextDir = await resolveDataDir({ explicit: dataDir ?? undefined, env: {}, config });
  return [
    ...(nextDir === paths.dataDir ? [] : [later(`the data directory ${nextDir}`)]),
    ...(config.runner.keepRuns === opened.runner.keepRuns ? [] : [later(`keep_runs = ${config.runner.keepRuns}`)]),
    ...(config.runner.history === opened.runner.history ? [] : [later('the size of the history')]),
    ...(isDeepStrictEqual(config.api, opened.api) ? [] : [later('what changed in [api]')]),
    ...config.notes.filter((note) => !source.loaded.notes.includes(note)),
  ];
}

/** @throws TaskError `TASK_INVALID`, `TASK_IN_USE` */
function decide(parts: RunnerParts, config: LoadedConfig, told: Pick<ReloadPlan, 'dryRun' | 'notes'>): Decision {
  const { registry, supervision, source } = parts;
  const present = registry.authored;
  const takeover = toTakeover({
    present,
    before: fromFiles(source.loaded),
    now: fromFiles(config),
    fixed: source.with.names,
    kept: (name) => toKept(parts, name),
  });
  const judged = new Set([...takeover.gone, ...takeover.given.map(({ definition }) => definition.name)]);
  for (const name of takeover.gone) registry.assertUnused(name, judged);
  const groups = toGroups(parts, config, judged);
  const plan = registry.plan(takeover.given, 'reload', { present: withoutGone(present, takeover), groups });
  const changes = toChanges(takeover, plan, present, registry.all());
  const { added, changed, removed, unchanged } = changes;
  const restarted = changed.filter((name) => supervision.isUp(name));
  return { config, groups, takeover, plan, changes, told: { added, changed, removed, restarted, unchanged, ...told } };
}

function toKept({ kept, source }: RunnerParts, name: string): Authored | undefined {
  const input = kept.get(name);
  if (input === undefined) return undefined;
  const origin = { baseDir: process.cwd(), label: 'tasks.json', defaults: source.with.taskDefaults };
  return { input, definition: resolveDefinition(input, origin), origin: 'api', isPersisted: true };
}

/** Those of the files and of code, and those that a task which no file defines is in. */
function toGroups(
  { registry, source }: RunnerParts,
  config: LoadedConfig,
  judged: ReadonlySet<string>,
): ReadonlyMap<string, ResolvedGroup> {
  const others = [...registry.authored.values()].filter(({ definition }) => !judged.has(definition.name));
  const needed = others.flatMap(({ definition: { group } }) => registry.groups.get(group ?? '') ?? []);
  return new Map([...needed.map((group) => [group.name, group] as const), ...mergeGroups(config, source.with.groups)]);
}

/** Everything counts in one step, before anything is waited for: whoever asks the runner meanwhile finds what the files say. */
async function takeOver(parts: RunnerParts, { config, groups, takeover, plan, changes, told }: Decision): Promise<void> {
  const { registry, supervision, source } = parts;
  parts.enrol({ ...plan, registrations: changes.registrations });
  parts.relocate(plan);
  for (const name of takeover.gone) registry.deleteDefinition(name);
  registry.groups = groups;
  supervision.configure({ shutdownTimeoutMs: config.runner.shutdownTimeout, groups: [...groups.values()] });
  source.loaded = config;
  const runIdOf = (name: string): string | null => supervision.actor(name).getSnapshot().context.runId;
  const over = told.removed.map((name) => ({ name, runId: runIdOf(name) }));
  const anew = told.restarted.map((name) => ({ name, runId: runIdOf(name) }));
  supervision.renew([...over.map(({ name }) => ({ name, runId: null })), ...anew.map(({ name }) => ({ name, runId: newRunId() }))]);
  if (source.with.autostart) parts.autostart(told.added);
  await Promise.all([
    ...over.map(async ({ name, runId }) => {
      await stopped(parts, name, runId);
      await parts.retire(name);
    }),
    ...anew.map(({ name, runId }) => renewed(parts, name, runId)),
  ]);
}
