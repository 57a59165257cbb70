/**
 * The terminal that is gone when the command ends. Node.js gives each terminal it began with its settings back, and aborts where that fails, as
 * it does behind a hang-up (`ResetStdio` in its src/node.cc): what ended in order would look like a crash. Nothing here writes anything.
 */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** The standard descriptors that were terminals when the command began. */
const TERMINALS: readonly number[] = [0, 1, 2].filter((fd) => isatty(fd));

/** Whether the command began in a terminal that has hung up. */
export const isTerminalGone = (): boolean => TERMINALS.some((fd) => !isatty(fd));

/** Closes the descriptors of a terminal that hung up, which Node.js then passes over. For the very end: nothing is read or written any more. */
export function leaveGoneTerminals(): void {
  for (const fd of TERMINALS) if (!isatty(fd)) closeSync(fd);
}
