/** What `dirigent.toml` holds besides tasks: the schemas of `[runner]` and `[api]`. Nothing here reads a file or the environment. */
import { z } from 'zod';
import { TaskOptions } from './definition.ts';
import { Duration, parseSize } from './quantity.ts';

const text = (what: string) =>
  z
    .string(`expected ${what} as a string`)
    .min(1, `expected ${what}, got an empty string`)
    .refine((value) => !value.includes('\0'), `expected ${what} without a NUL character`);

const MAX_KEEP_RUNS = 10_000;

const KEEP_HINT = `expected a whole number from 0 to ${MAX_KEEP_RUNS}`;

const MIN_HISTORY = 1024 ** 2;

const HISTORY_HINT = 'a size such as 16MiB, at least 1MiB, or false';

/** How much of what the machines did is kept: bytes, at least a MiB; 0 for nothing, which a file writes as `false`. */
export const HistorySize: z.ZodType<number, string | number | false> = z
  .union([z.string(), z.number(), z.literal(false)], { error: `expected ${HISTORY_HINT}` })
  .transform((input, ctx) => {
    const bytes = input === false ? 0 : typeof input === 'number' ? input : parseSize(input);
    if (bytes !== undefined && Number.isSafeInteger(bytes) && (bytes === 0 || bytes >= MIN_HISTORY)) return bytes;
    ctx.addIssue({ code: 'custom', message: `expected ${HISTORY_HINT}`, input });
    return z.NEVER;
  });

/** `[runner]`: options of the runner itself, and every {@link TaskOptions | task option} as a default for all tasks. */
export const RunnerSchema = TaskOptions.extend({
  /** What the project is called; names its data directory. Default: the name of the file's folder. */
  name: text('a name').max(100, 'expected a name of at most 100 characters').optional(),
  /** The data directory; relative to the file. */
  dataDir: text('a path').optional(),
  /** How long `close` waits for all tasks to stop before it kills them. */
  shutdownTimeout: Duration.prefault('30s'),
  /** How many past runs of each task are kept in `runs.ndjson`. */
  keepRuns: z.int(KEEP_HINT).min(0, KEEP_HINT).max(MAX_KEEP_RUNS, KEEP_HINT).default(50),
  /** Room for what the machines did, kept for `dirigent record`. */
  history: HistorySize.prefault('16MiB'),
});

/** `[runner]`, as its author writes it (keys in camelCase). */
export type RunnerTable = z.input<typeof RunnerSchema>;

/** What an address to listen on must look like, for messages. */
export const LISTEN_HINT = 'an address such as "127.0.0.1:7411" or "[::1]:7411"';

const PORT = '(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';

const ALLOWED_HOST_HINT = 'expected a host such as "tasks.example" or "tasks.example:8443"';
const ALLOWED_HOST = new RegExp(`^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::${PORT})?$`);

/** `[api]`: how the runner can be reached over TCP. It always can over the socket in its data directory. */
export const ApiSchema = z.strictObject({
  /** Host and port. Absent: not over TCP. */
  listen: z
    .string(`expected ${LISTEN_HINT}`)
    .regex(new RegExp(`^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252}):${PORT}$`), `expected ${LISTEN_HINT}`)
    .optional(),
  /** Whether tasks may be defined over TCP, which is to run whatever command one likes. */
  allowDefine: z.boolean('expected true or false').default(false),
  /** Names under which the port is reached, besides those of the loopback and the one in `listen`. */
  allowedHosts: z
    .array(z.string(ALLOWED_HOST_HINT).regex(ALLOWED_HOST, ALLOWED_HOST_HINT), 'expected a list of hosts such as ["tasks.example"]')
    .default([]),
});

/** `[api]`, as its author writes it (keys in camelCase). */
export type ApiTable = z.input<typeof ApiSchema>;
