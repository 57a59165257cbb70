/** The public face of the library: everything a host, and our own command line, may import. No logic here. */
export { TaskRunner } from './runner.ts';
export type { RunnerApi } from './runner-api.ts';
export type { MomentInput, OutputSelection, ReadOutputOptions } from './runner/read-query.ts';
export type { OpenOptions, TaskNames } from './runner/open.ts';
export type { FollowFrom, OutputCursor } from './runner/follow-start.ts';
export type { FollowOptions } from './runner/output.ts';
export type { RunOptions, RunResult } from './runner/run-to-end.ts';
export type { RunsOptions } from './runner/runs.ts';
export type { StopOptions } from './runner/stop-task.ts';
export type { TaskUsage } from './runner/usage.ts';
export type { ReloadOptions } from './runner/reload.ts';
export type { ReloadPlan } from './runner/reload-plan.ts';
export type { Why, WhyReason } from './runner/why.ts';
export { EventHub } from './runner/event-hub.ts';
export type { RunnerLogger } from './runner/logger.ts';
export type { WriteOptions } from './actors/run-input.ts';
export type { WaitOptions } from './util/wait.ts';
export { inspectionOf } from './runner/inspections.ts';
export { startDeadline, within } from './util/within.ts';
export { openRuntime, RunnerSlot, type Runtime, type RuntimeOptions } from './runtime.ts';
export { DirigentPaths, MAX_SOCKET_PATH_BYTES, SOCKET_NAME } from './paths.ts';
export { waitForRelease } from './release.ts';
export { beginPrivateLog, writePrivateFile, type OpenFile } from './private-file.ts';
export { ERROR_CODES, TaskError, messageOf, type TaskErrorCode } from './errors.ts';

export type { ResolvedTask, TaskDefaults, TaskDefinition } from './model/definition.ts';
export type { ProbeCheck, ProbeCheckContext, ProbeDefinition } from './model/probe.ts';
export type { GroupDefinition, ResolvedGroup } from './model/group.ts';
export { parseDuration } from './model/quantity.ts';
export { nextTime } from './util/cron.ts';
export { configuredTasks, resolveTasks, type ResolvedDefinitions, type TaskDefinitions } from './runner/resolve-tasks.ts';
export { toShown, type ShownDefinition, type TaskInfo, type TaskOrigin } from './model/info.ts';
export {
  OutputKind,
  type LogCheck,
  type MissingOutput,
  type OutputGap,
  type OutputLine,
  type OutputRecord,
  type StreamCounters,
  type StreamName,
} from './model/output.ts';
export { LogLevel, type SearchCursor, type SearchLine, type SearchMatch, type SearchProgress, type SearchResult } from './model/search.ts';
export type { SearchOptions } from './runner/search.ts';
export type { TaskRun } from './model/run-history.ts';
export { TaskCondition, TaskStatus, type FailureReason, type TaskFailure } from './model/status.ts';
export type { Json } from './model/json.ts';
export { EVENT_TYPES } from './model/event.ts';
export type * from './model/event.ts';

export { discoverConfig, type DiscoverOptions } from './config/discover.ts';
export { loadConfig, type LoadOptions } from './config/load.ts';
export type { ApiSettings, LoadedConfig, LoadedGroup, LoadedTask } from './config/loaded.ts';
export { listProjectDirs, resolveDataDir, type DataDirOptions } from './config/data-dir.ts';
export { fromFileSpelling, type DefinitionOrigin, type TaskPatch } from './config/definition.ts';
export { configJsonSchema, type JsonSchema } from './config/json-schema.ts';
export { taskJsonSchema } from './definition-schema.ts';
export type { Problem } from './config/problems.ts';
export { didYouMean } from './config/keys.ts';
export { packageVersion } from './config/version.ts';
export { COMMAND_MODULE } from './util/places.ts';

export { followBytesOnDisk, type LogBytes } from './follow-bytes-on-disk.ts';
export { followOutputOnDisk, type FollowOnDiskOptions } from './follow-on-disk.ts';
export { readRunsOnDisk, readTasksOnDisk } from './on-disk.ts';
export {
  readOutputOnDisk,
  streamLinesOnDisk,
  streamOutputOnDisk,
  toLoggedRecord,
  type LoggedLine,
  type LoggedRecord,
  type OutputBlock,
  type StreamOptions,
  verifyOutputOnDisk,
} from './output-on-disk.ts';
export { searchOutputOnDisk } from './search-on-disk.ts';
export { dependencyGraph, dependencyMermaid, type DependencyGraph, type DependencyNode } from './dependency-chart.ts';
export { MACHINE_NAMES, machineGraph, machineMermaid, machineSvg, type MachineName } from './machine-chart.ts';
export { recordingPage, recordOnDisk, type RecordOptions } from './record-on-disk.ts';
export { replayRecording, serveRecording, type ReplayResult } from './replay.ts';
export type { ActorReplay, ReplayAspect, ReplayDifference } from './replay/replay.ts';
export { toReplayTest } from './replay/as-test.ts';
export { diagnose, type DiagnoseOptions } from './doctor.ts';
export type { Finding, Health } from './doctor/finding.ts';
