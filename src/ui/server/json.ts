/** What the API answers, as it arrives: times are ISO 8601. Types alone. */
import type { RunnerEvent } from '../../model/event.ts';
import type { Json } from '../../model/json.ts';
import type { TaskInfo } from '../../model/info.ts';
import type { OutputRecord, OutputLine } from '../../model/output.ts';
import type { TaskRun } from '../../model/run-history.ts';
import type { SearchResult, SearchMatch } from '../../model/search.ts';

/** A task. */
export type Task = Json<TaskInfo>;
/** Something that happened. */
export type Happening = Json<RunnerEvent>;
/** A run that is over. */
export type Run = Json<TaskRun>;
/** A line of output, or a note that some are missing. */
export type LogRecord = Json<OutputRecord>;
/** A line of output. */
export type LogLine = Json<OutputLine>;
/** What a search found. */
export type Found = Json<SearchResult>;
/** A line that was found. */
export type FoundLine = Json<SearchMatch>;

/** Why a task is in its state. */
export interface Reasons {
  readonly reasons: readonly {
    readonly task: string;
    readonly message: string;
    readonly next: string | null;
    readonly nextAt: string | null;
  }[];
  readonly text: string;
}

/** What a task that runs uses, all its processes together. */
export interface Usage {
  readonly task: string;
  readonly processes: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}
