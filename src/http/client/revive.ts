/** What the API answers, as the library has it: times become dates again. Changes nothing else. */
import type { Json, OutputRecord, RunnerEvent, SearchLine, SearchMatch, SearchResult, TaskInfo, TaskRun, Why } from '../../index.ts';

const toDate = (iso: string | null): Date | null => (iso === null ? null : new Date(iso));

/** A run. */
export const toRun = (run: Json<TaskRun>): TaskRun => ({
  ...(run as unknown as TaskRun),
  requestedAt: new Date(run.requestedAt),
  startedAt: toDate(run.startedAt),
  endedAt: toDate(run.endedAt),
});

/** A task. */
export const toInfo = (info: Json<TaskInfo>): TaskInfo => ({
  ...(info as unknown as TaskInfo),
  startedAt: toDate(info.startedAt),
  stoppedAt: toDate(info.stoppedAt),
  nextStartAt: toDate(info.nextStartAt),
  lastRun: info.lastRun === null ? null : toRun(info.lastRun),
});

/** The reasons of a state. */
export const toWhy = (why: Json<Why>): Why => ({
  ...(why as unknown as Why),
  reasons: why.reasons.map((reason) => ({ ...reason, nextAt: toDate(reason.nextAt) })),
});

/** A record of output. */
export const toRecord = (record: Json<OutputRecord>): OutputRecord => ('gap' in record ? record : { ...record, time: toDate(record.time) });

const toLine = (line: Json<SearchLine>): SearchLine => ({ ...line, time: toDate(line.time) });

/** What a search found. */
export const toSearchResult = (result: Json<SearchResult>): SearchResult => ({
  ...result,
  matches: result.matches.map((match): SearchMatch => ({
    ...match,
    time: toDate(match.time),
    before: match.before.map(toLine),
    after: match.after.map(toLine),
  })),
});

/** An event. */
export function toEvent(json: Json<RunnerEvent>): RunnerEvent {
  const event = { ...json, time: new Date(json.time) } as unknown as RunnerEvent;
  return 'info' in json ? ({ ...event, info: toInfo(json.info) } as RunnerEvent) : event;
}
