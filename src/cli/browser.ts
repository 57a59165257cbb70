/**
 * The user's browser. An address that holds a secret is not given to it by the command line, which every user of the machine can read, but by a file
 * that only this user can. That no browser can be opened is told, and no error.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../index.ts';
import type { Cli } from './host.ts';

const FILE = 'open.html';

/** Opens `address` in the browser; `dir` is a folder of this user's alone. */
export function openInBrowser({ env, err }: Cli, address: string, dir: string): void {
  const isMac = process.platform === 'darwin';
  const tell = (why: string): void => err.writeLine(`dirigent: no browser was opened (${why}): open the address yourself`);
  if (!isMac && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return tell('there is no display here');
  const program = isMac ? 'open' : 'xdg-open';
  const file = writePrivateFile(dir, FILE, leadingTo(address));
  const child = spawn(program, [file], { env, stdio: 'ignore', detached: true });
  child.on('error', ({ message }) => tell(message));
  child.on('exit', (code, signal) => code !== 0 && tell(`${program} ended with ${code ?? signal}`));
  child.unref();
}

/** Removes the file, if there is one. */
export const forgetAddress = (dir: string): void => rmSync(join(dir, FILE), { force: true });

const leadingTo = (address: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer">` +
  `<meta http-equiv="refresh" content="0; url=${address}"><title>dirigent</title><a href="${address}">dirigent</a></html>\n`;
