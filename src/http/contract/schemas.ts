/** The shapes of what the API takes and answers, as JSON has them: times are ISO 8601. Nothing here answers a request. */
import { z } from '@hono/zod-openapi';
import { LogLevel, OutputKind, TaskCondition, TaskStatus } from '../../index.ts';

const time = z.iso.datetime().nullable();
const whole = z.int();
const Status = TaskStatus.meta({ id: 'TaskStatus' });

/** A failed answer: RFC 9457, with our code. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: whole,
    /** One of the error codes of the reference. */
    code: z.string(),
    /** What was expected, what came, what to do. */
    detail: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Problem' });

/** A run that is over. */
export const TaskRunSchema = z
  .object({
    runId: z.string(),
    restarts: whole.nullable(),
    requestedAt: z.iso.datetime(),
    startedAt: time,
    endedAt: time,
    durationMs: z.number().nullable(),
    pid: whole.nullable(),
    exitCode: whole.nullable(),
    signal: z.string().nullable(),
    status: Status,
    outputComplete: z.boolean().nullable(),
  })
  .meta({ id: 'TaskRun' });

/** A definition as it is shown: of its environment the names alone. Holds every other key of a task as well. */
export const ShownDefinitionSchema = z
  .looseObject({
    name: z.string(),
    title: z.string(),
    command: z.string(),
    args: z.array(z.string()),
    cwd: z.string(),
    env: z.array(z.string()),
    runAtStartup: z.boolean(),
    persistToDisk: z.boolean(),
    rotatePrevious: z.boolean(),
  })
  .meta({ id: 'ShownDefinition' });

/** One task, whole. */
export const TaskInfoSchema = z
  .object({
    definition: ShownDefinitionSchema,
    status: Status,
    startedAt: time,
    stoppedAt: time,
    nextStartAt: time,
    runId: z.string().nullable(),
    restarts: whole,
    outputComplete: z.boolean().nullable(),
    origin: z.enum(['file', 'api', 'code']),
    definedAt: z.object({ file: z.string(), line: whole }).nullable(),
    pendingChange: z.boolean(),
    lastRun: TaskRunSchema.nullable(),
  })
  .meta({ id: 'TaskInfo' });

/** All tasks. */
export const TaskList = z.object({ tasks: z.array(TaskInfoSchema) }).meta({ id: 'TaskList' });

/** The runs of a task that are over, newest first. */
export const RunList = z.object({ runs: z.array(TaskRunSchema) }).meta({ id: 'RunList' });

/** Why a task is in its state. */
export const WhySchema = z
  .object({
    task: z.string(),
    status: Status,
    reasons: z.array(z.object({ task: z.string(), message: z.string(), next: z.string().nullable(), nextAt: time })),
    text: z.string(),
  })
  .meta({ id: 'Why' });

/** How a run that was awaited ended. */
export const RunResultSchema = z
  .object({
    exitCode: whole.nullable(),
    signal: z.string().nullable(),
    durationMs: z.number(),
    runId: z.string(),
    tail: z.string(),
  })
  .meta({ id: 'RunResult' });

const Counters = z.object({ read: whole, written: whole, dropped: whole, pending: whole });

/** Bytes of both streams since the runner opened. */
export const CountersSchema = z.object({ stdout: Counters, stderr: Counters }).meta({ id: 'Counters' });

/** What tasks that run use. */
export const UsageList = z
  .object({
    usage: z.array(
      z.object({ task: z.string(), pid: whole.nullable(), processes: whole, cpuSeconds: z.number(), memoryBytes: z.number() }),
    ),
  })
  .meta({ id: 'UsageList' });

const searchLine = {
  stream: z.enum(['stdout', 'stderr']).nullable(),
  text: z.string(),
  time,
  offset: whole,
  runId: z.string().nullable(),
  truncated: z.literal(true).optional(),
};

/** What a search found. */
export const SearchResultSchema = z
  .object({
    matches: z.array(
      z.object({ task: z.string(), ...searchLine, before: z.array(z.object(searchLine)), after: z.array(z.object(searchLine)) }),
    ),
    count: whole,
    ended: z.enum(['all', 'limit', 'deadline']),
    scannedBytes: whole,
    totalBytes: whole,
    elapsedMs: z.number(),
    cursor: z.record(z.string(), whole),
  })
  .meta({ id: 'SearchResult' });

/** Parameters of a path with a task in it. Which names there are is judged where it is looked up. */
export const TaskParams = z.object({ name: z.string().min(1).max(200).meta({ description: 'Name of the task.' }) });

const COUNT = /^\d{1,9}$/;

/** A number of lines, or `all`. */
export const Count = z.union([z.literal('all'), z.string().regex(COUNT)]).meta({ description: 'A whole number, or "all".' });

/** A number of lines or characters, as a number. */
export const Natural = z.string().regex(COUNT);

/** `true` and `1`, `false` and `0`. */
export const Flag = z.enum(['true', 'false', '1', '0']);

/** Whether a flag is set. */
export const isSet = (flag: z.infer<typeof Flag> | undefined): boolean => flag === 'true' || flag === '1';

/** A count as the library has it. */
export const toCount = (count: string | undefined): number | undefined =>
  count === undefined ? undefined : count === 'all' ? Infinity : Number(count);

/** Names of tasks. */
export const TaskNames = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .meta({ description: 'Tasks, repeated for several; all without it.' });

/** The names that were given; undefined for all tasks. An empty name alone is a list of none. */
export const toNames = (names: z.infer<typeof TaskNames>): string[] | undefined =>
  names === undefined ? undefined : names === '' ? [] : [names].flat();

/** Which part of the output is meant. */
export const SelectionQuery = z.object({
  kind: OutputKind.optional(),
  since: z.string().max(100).optional().meta({ description: 'A duration ago (5m), a time (14:30) or a date in ISO 8601.' }),
  until: z.string().max(100).optional(),
  run: z.string().max(20).optional().meta({ description: '"last", a number (1 is the last run), or the id of a run.' }),
});

/** What is looked for in the output. */
export const SearchQuery = z.object({
  level: LogLevel.optional(),
  literal: Flag.optional(),
  ignoreCase: Flag.optional(),
  before: Natural.optional(),
  after: Natural.optional(),
  limit: Count.optional(),
  countOnly: Flag.optional(),
});

/** How to wait. */
export const WaitQuery = z.object({
  wait: TaskCondition.optional().meta({ description: 'Answer once this holds, and not before.' }),
  timeout: z.string().max(20).optional().meta({ description: 'How long to wait at most, such as 30s; without it as long as it takes.' }),
});

/** Whole milliseconds, or a duration. */
export const Timeout = z.string().max(20).optional();
