/** What loading a configuration yields. Types alone. */
import type { ResolvedTask } from '../model/definition.ts';
import type { ResolvedGroup } from '../model/group.ts';

/** Where a task or a group was read. */
export interface TaskSource {
  /** Absolute. */
  readonly file: string;
  /** Of its `[[tasks]]` or `[[groups]]`, from 1. */
  readonly line: number;
}

/** A group of a file. */
export interface LoadedGroup {
  readonly definition: ResolvedGroup;
  readonly source: TaskSource;
}

/** A task of a file. */
export interface LoadedTask {
  readonly definition: ResolvedTask;
  readonly source: TaskSource;
}

/** `[runner]` less the defaults for tasks, which are in the tasks. */
export interface RunnerSettings {
  readonly name: string | null;
  /** Absolute. */
  readonly dataDir: string | null;
  /** Milliseconds. */
  readonly shutdownTimeout: number;
  /** Past runs kept of each task. */
  readonly keepRuns: number;
  /** Bytes for what the machines did; 0: it is not kept. */
  readonly history: number;
}

/** `[api]`: how the runner can be reached over TCP. */
export interface ApiSettings {
  /** Host and port, such as `127.0.0.1:7411`; null: not over TCP. */
  readonly listen: string | null;
  /** Whether tasks may be defined over TCP. */
  readonly allowDefine: boolean;
  /** Hosts that requests over TCP may name, besides those of the loopback. */
  readonly allowedHosts: readonly string[];
}

/** A configuration, whole and valid. */
export interface LoadedConfig {
  /** Absolute, in the order given. */
  readonly files: readonly string[];
  /** In the order of first mention. */
  readonly tasks: readonly LoadedTask[];
  /** In the order of first mention. */
  readonly groups: readonly LoadedGroup[];
  readonly runner: RunnerSettings;
  readonly api: ApiSettings;
  /** What was ignored, each a sentence that begins with the file. */
  readonly notes: readonly string[];
}
