/** `dirigent replay`: a recording driven through the machines as they are now. Needs no configuration and no daemon, and starts no task. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { replayRecording, serveRecording, TaskError, toReplayTest, type ActorReplay, type ReplayDifference } from '../../index.ts';
import { openInBrowser } from '../browser.ts';
import { exitCodeOfSignal } from '../exit-code.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { Cli } from '../host.ts';

/** Options of `replay`. */
export interface ReplayOptions {
  readonly json?: true;
  readonly asTest?: true;
  readonly open?: true;
  readonly browser: boolean;
}

const DIFFERS = 1;
/** Of Node.js: a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Replays one recording, and tells how it went. */
export async function replay(cli: Cli, file: string, { json, asTest, open, browser }: ReplayOptions): Promise<number> {
  const text = await read(cli, file);
  const title = file === '-' ? 'standard input' : basename(file);
  if (open === true) return show(cli, text, title, browser);
  const { isEqual, actors, notes } = replayRecording(text, file === '-' ? title : file);
  for (const note of notes) cli.err.writeLine(cli.err.show(`${title}: ${note}`));
  if (asTest === true) {
    cli.out.write(toReplayTest(text, title, actors));
    return 0;
  }
  if (json === true) cli.out.writeLine(JSON.stringify({ isEqual, actors, notes }, null, 2));
  else for (const actor of actors) cli.out.write(cli.out.show(describe(actor)));
  return isEqual ? 0 : DIFFERS;
}

/** Shows the recording until it is told to end. */
async function show(cli: Cli, text: string, title: string, browser: boolean): Promise<number> {
  const signals = new StopSignals();
  const dir = await mkdtemp(join(tmpdir(), 'dirigent-replay-'));
  try {
    const site = await serveRecording(text, title);
    cli.out.writeLine(site.url);
    if (browser) openInBrowser(cli, site.url, dir);
    // What serves lets the process end: this keeps it.
    const hold = setInterval(() => undefined, MAX_TIMER_MS);
    await signals.first;
    clearInterval(hold);
    await site.close();
    return exitCodeOfSignal(signals.received ?? 'SIGINT');
  } finally {
    signals.dispose();
    await rm(dir, { recursive: true, force: true });
  }
}

async function read({ cwd }: Cli, file: string): Promise<string> {
  try {
    return await (file === '-' ? readAll(process.stdin) : readFile(resolve(cwd, file), 'utf8'));
  } catch (error) {
    throw new TaskError('ARGUMENT_INVALID', `${file} cannot be read: ${String(error)}`, { cause: error });
  }
}

function describe({ actor, steps, difference }: ActorReplay): string {
  if (difference === null) return `${actor}: ${steps} ${steps === 1 ? 'step' : 'steps'}, all as recorded\n`;
  const { step, t, event } = difference;
  return [`${actor}: step ${step} differs, on ${event.type} at ${new Date(t).toISOString()}`, ...describeDifference(difference), ''].join(
    '\n',
  );
}

function describeDifference({ aspect, keys, expected, got }: ReplayDifference): string[] {
  if (aspect === 'error') return [`  the machine threw: ${String(got)}`];
  const rows =
    keys === undefined
      ? [{ what: aspect, was: expected, is: got }]
      : keys.map((key) => ({ what: `${aspect}.${key}`, was: valueOf(expected, key), is: valueOf(got, key) }));
  return rows.flatMap(({ what, was, is }) => [`  ${what}`, `    recorded: ${toJson(was)}`, `    now:      ${toJson(is)}`]);
}

const valueOf = (table: unknown, key: string): unknown => (table as Readonly<Record<string, unknown>>)[key];

const toJson = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
