/** `dirigent service`: has systemd run the daemon of a project, or no more. Says what it did and how to undo it; touches no unit but its own. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMAND_MODULE, TaskError } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadProject, type Project } from '../project.ts';
import { ask, systemctl, unitDir, verifyUnit, type Scope } from '../systemd/systemctl.ts';
import { markOf, unitText } from '../systemd/unit.ts';

/** Options of `service install` and `service uninstall`. */
export interface ServiceOptions {
  readonly user?: true;
  readonly system?: true;
  readonly name?: string;
  readonly now?: true;
  readonly print?: true;
}

interface Service {
  readonly scope: Scope;
  /** `dirigent-web.service`. */
  readonly unit: string;
  readonly file: string;
  readonly dataDir: string;
}

/** Writes the unit, or only prints it, and enables it. */
export async function install(cli: Cli, options: ServiceOptions): Promise<number> {
  const project = await loadProject(cli);
  const service = serviceOf(cli, project, options);
  const text = textOf(cli, project, service);
  if (options.print === true) {
    cli.out.write(text);
    return 0;
  }
  const { scope, unit, file } = service;
  await ask(scope, cli.env, 'show-environment'); // before anything is written: is it there?
  await refuseForeign(service);
  await write(file, text);
  const complaint = await verifyUnit(scope, cli.env, file);
  await ask(scope, cli.env, 'daemon-reload');
  await ask(scope, cli.env, 'enable', ...(options.now === true ? ['--now'] : []), unit);
  const say = (line: string): void => cli.err.writeLine(cli.err.show(line));
  if (complaint !== '') say(`systemd-analyze verify says: ${complaint}`);
  say(`wrote ${file}, and enabled it${options.now === true ? ' and started it' : ''}`);
  if (options.now !== true) say(`start it: ${systemctl(scope, 'start', unit).join(' ')}`);
  if (scope === 'user') say('it runs while you are logged in; to have it run from boot on: loginctl enable-linger');
  say(`it names ${process.execPath}: install it again when Node.js moves`);
  say(`undo it: dirigent service uninstall --${scope}${options.name === undefined ? '' : ` --name ${options.name}`}`);
  return 0;
}

/** Stops and disables the unit, and removes it. */
export async function uninstall(cli: Cli, options: ServiceOptions): Promise<number> {
  const service = serviceOf(cli, await loadProject(cli), options);
  const { scope, unit, file } = service;
  if (!existsSync(file))
    throw new TaskError('ARGUMENT_INVALID', `${file} is not there; with --name or --${other(scope)} it may be another`);
  await refuseForeign(service);
  await ask(scope, cli.env, 'disable', '--now', unit);
  await rm(file);
  await ask(scope, cli.env, 'daemon-reload');
  cli.err.writeLine(cli.err.show(`stopped and disabled ${unit}, and removed ${file}; logs and state stay in ${service.dataDir}`));
  return 0;
}

const other = (scope: Scope): Scope => (scope === 'user' ? 'system' : 'user');

function serviceOf({ env, cwd }: Cli, { config, paths }: Project, { user, system, name }: ServiceOptions): Service {
  if ((user === true) === (system === true))
    throw new TaskError('ARGUMENT_INVALID', 'expected --user, for a service of yours, or --system, for one of the machine');
  const scope = user === true ? 'user' : 'system';
  const wanted = name ?? config.runner.name ?? basename(dirname(config.files[0] ?? join(cwd, '-')));
  const slug = wanted.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  if (slug === '')
    throw new TaskError('ARGUMENT_INVALID', `expected a name of letters and digits, got ${JSON.stringify(wanted)}; give one with --name`);
  const unit = `dirigent-${slug}.service`;
  return { scope, unit, file: join(unitDir(scope, env), unit), dataDir: paths.dataDir };
}

function textOf({ env, cwd }: Cli, { config, paths }: Project, { unit, scope }: Service): string {
  const [first] = config.files;
  return unitText({
    description: `Background tasks of ${unit.replace(/^dirigent-|\.service$/g, '')}`,
    node: process.execPath,
    main: fileURLToPath(COMMAND_MODULE),
    config: config.files,
    dataDir: paths.dataDir,
    workingDirectory: first === undefined ? cwd : dirname(first),
    path: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    shutdownTimeoutMs: config.runner.shutdownTimeout,
    scope,
  });
}

/** A unit of this name that is not of this project, or not of our making, is not ours to change. */
async function refuseForeign({ file, dataDir }: Service): Promise<void> {
  if (!existsSync(file) || (await readFile(file, 'utf8')).startsWith(`${markOf(dataDir)}\n`)) return;
  throw new TaskError('ARGUMENT_INVALID', `${file} was not made for ${dataDir}; give another --name, or remove it yourself`);
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
    const message = `${file} cannot be written: ${String(error)}${isForbidden ? '; run it as root, or use --user' : ''}`;
    throw new TaskError(isForbidden ? 'FORBIDDEN' : 'ARGUMENT_INVALID', message, { cause: error });
  }
}
