/** Signals on the command line, as kill(1) takes them. For definitions: it loads nothing heavy. */
import { constants } from 'node:os';
import { InvalidArgumentError } from 'commander';

/** The name of a signal that is written as `HUP`, `SIGHUP`, `hup` or `1`. */
export function toSignalName(text: string): string {
  const upper = text.toUpperCase();
  const wanted = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const found = Object.entries(constants.signals).find(([name, number]) => name === wanted || String(number) === text);
  if (found !== undefined) return found[0];
  throw new InvalidArgumentError('expected the name or the number of a signal, such as HUP, SIGTERM or 9');
}
