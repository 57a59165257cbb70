/** `dirigent events`: what happened to tasks since the daemon started, or happens from now on. Asks the daemon, and keeps nothing. */
import { TaskError, type RunnerEvent } from '../../index.ts';
import { withDaemon } from '../daemon/client.ts';
import { exitCodeOfSignal } from '../exit-code.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { RemoteRunner } from '../../http/client/index.ts';
import type { Cli } from '../host.ts';
import { loadProject, toMatcher } from '../project.ts';
import { describeEvent, subjectOf } from '../render/event.ts';
import { colorOf } from '../render/prefix.ts';

/** Options of `events`. */
export interface EventsOptions {
  readonly follow?: true;
  readonly lines?: number;
  readonly json?: true;
}

/** Prints events. */
export async function events(cli: Cli, asked: readonly string[], { follow, lines, json }: EventsOptions): Promise<number> {
  if (follow === true && lines !== undefined)
    throw new TaskError('ARGUMENT_INVALID', '--follow begins with what happens from now on: leave out --lines');
  const isAsked = toMatcher(asked);
  const isMeant = (event: RunnerEvent): boolean => asked.length === 0 || ('task' in event && isAsked(event.task));
  const print = (event: RunnerEvent): Promise<void> | undefined =>
    cli.out.push(`${json === true ? JSON.stringify(event) : toLine(cli, event)}\n`);
  return withDaemon(cli, await loadProject(cli), async (daemon) => {
    if (follow === true) return followEvents(cli, daemon, isMeant, print);
    const past = (await daemon.pastEvents()).filter(isMeant);
    for (const event of lines === undefined ? past : past.slice(Math.max(0, past.length - lines))) await print(event);
    return 0;
  });
}

async function followEvents(
  cli: Cli,
  daemon: RemoteRunner,
  isMeant: (event: RunnerEvent) => boolean,
  print: (event: RunnerEvent) => Promise<void> | undefined,
): Promise<number> {
  const signals = new StopSignals();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  void signals.first.then(stop);
  void cli.out.failed.then(stop);
  const happening = daemon.events({ signal: stopped.signal });
  cli.err.writeLine('dirigent: follows what happens from now on');
  try {
    for await (const event of happening) if (isMeant(event)) await print(event);
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
  } finally {
    signals.dispose();
  }
  return signals.received === null ? 0 : exitCodeOfSignal(signals.received);
}

function toLine({ out }: Cli, event: RunnerEvent): string {
  const subject = subjectOf(event);
  return `${out.colors.dim(event.time.toISOString())} ${out.colors[colorOf(subject)](subject)} ${out.show(describeEvent(event).replace(/\s+/g, ' '))}`;
}
