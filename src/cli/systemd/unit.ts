/** The unit file by which systemd runs the daemon of a project. Text alone: writes and asks nothing. */
import { TaskError } from '../../index.ts';

/** What a unit says. */
export interface UnitOptions {
  readonly description: string;
  /** Absolute paths of Node.js and of our entry. */
  readonly node: string;
  readonly main: string;
  /** Configuration files, absolute. */
  readonly config: readonly string[];
  readonly dataDir: string;
  /** Absolute. */
  readonly workingDirectory: string;
  /** Where programs are looked up, by the tasks too: systemd's own is short. */
  readonly path: string;
  readonly shutdownTimeoutMs: number;
  readonly scope: 'user' | 'system';
}

/** By this line a unit is known as one of ours, and as that of a project. */
export const markOf = (dataDir: string): string => `# Made by dirigent service install for ${dataDir}`;

/** What `dirigent down` takes beyond the time that the tasks have: to begin, and to kill who is left. */
const STOP_MARGIN_S = 15;

/**
 * The text of the file.
 * @throws TaskError `ARGUMENT_INVALID` for a path that no unit can name
 */
export function unitText(options: UnitOptions): string {
  const { description, node, main, config, dataDir, workingDirectory, path, shutdownTimeoutMs, scope } = options;
  for (const each of [node, main, ...config, dataDir, workingDirectory]) refuse(each, CONTROL, 'control characters');
  // systemd takes them in arguments alone, however they are written.
  refuse(node, /["'\\]/, 'quotes and backslashes');
  const where = [...config.flatMap((file) => ['--config', file]), '--data-dir', dataDir];
  const command = (...words: string[]): string => [program(node), ...[main, ...words, ...where].map(argument)].join(' ');
  return `${markOf(dataDir)}

[Unit]
Description=${literal(description)}
After=network.target

[Service]
Type=notify
# systemd-notify, which tells, is a process of its own.
NotifyAccess=all
ExecStart=${command('serve')}
ExecStop=${command('down')}
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory=${literal(workingDirectory)}
Environment=${quoted(`PATH=${path}`)}
# A crash of the daemon leaves the tasks alone; the next one goes on with them.
KillMode=process
Restart=on-failure
TimeoutStopSec=${Math.ceil(shutdownTimeoutMs / 1000) + STOP_MARGIN_S}

[Install]
WantedBy=${scope === 'user' ? 'default' : 'multi-user'}.target
`;
}

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

function refuse(path: string, characters: RegExp, what: string): void {
  if (!characters.test(path)) return;
  throw new TaskError('ARGUMENT_INVALID', `expected a path without ${what}, got ${JSON.stringify(path)}: no unit can name it`);
}

/** `%` begins a specifier everywhere, systemd.unit(5). */
const literal = (text: string): string => text.replaceAll('%', '%%');

/** In double quotes, as systemd.syntax(7) reads them. */
const quoted = (text: string): string => `"${literal(text).replace(/["\\]/g, '\\$&')}"`;

/** The first word of a command: nothing but `%` is expanded in it. */
const program = quoted;

/** A further word, in which `$` begins a variable, systemd.service(5). */
const argument = (text: string): string => quoted(text).replaceAll('$', () => '$$');
