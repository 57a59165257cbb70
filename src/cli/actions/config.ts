/** `dirigent config`: whether the configuration is right, what it comes to, and what it may hold. Starts nothing. */
import { relative } from 'node:path';
import { configJsonSchema, toShown, type LoadedConfig, type LoadedGroup, type LoadedTask } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadOwnConfig, loadProject } from '../project.ts';
import { exactDuration, exactSize } from '../../util/quantity-text.ts';
import { renderDefinition, toWords } from '../render/toml.ts';

/** Options of `config show`. */
export interface ShowOptions {
  readonly json?: true;
}

/** Tells every mistake. @throws TaskError `CONFIG_INVALID`, with all of them */
export async function check(cli: Cli): Promise<number> {
  const config = await loadOwnConfig(cli);
  tellNotes(cli, config);
  const count = config.tasks.length === 1 ? '1 task' : `${config.tasks.length} tasks`;
  cli.out.writeLine(`${config.files.map((file) => shorten(cli, file)).join(', ')}: ${count}, no problems`);
  return 0;
}

/** Prints what the configuration comes to. */
export async function show(cli: Cli, { json }: ShowOptions): Promise<number> {
  const { files, tasks, groups, runner, api } = await loadOwnConfig(cli);
  const { dataDir } = (await loadProject(cli)).paths;
  const settings = {
    name: runner.name,
    dataDir,
    shutdownTimeout: exactDuration(runner.shutdownTimeout),
    keepRuns: runner.keepRuns,
    history: runner.history === 0 ? false : exactSize(runner.history),
  };
  if (json === true) {
    const words = { tasks: tasks.map(({ definition }) => toWords(toShown(definition))), groups: groups.map(groupWords) };
    cli.out.writeLine(JSON.stringify({ files, runner: settings, api, ...words }, null, 2));
    return 0;
  }
  const lines = ['[runner]', ...(runner.name === null ? [] : [`name = ${JSON.stringify(runner.name)}`])];
  lines.push(`data_dir = ${JSON.stringify(dataDir)}`, `shutdown_timeout = ${JSON.stringify(settings.shutdownTimeout)}`);
  lines.push(`keep_runs = ${settings.keepRuns}`, `history = ${JSON.stringify(settings.history)}`, '', '[api]');
  if (api.listen !== null) lines.push(`listen = ${JSON.stringify(api.listen)}`);
  lines.push(`allow_define = ${api.allowDefine}`, `allowed_hosts = ${JSON.stringify(api.allowedHosts)}`, '');
  const tables = [
    ...groups.map((group) => renderDefinition('groups', groupWords(group), origin(cli, group))),
    ...tasks.map((task) => renderDefinition('tasks', toWords(toShown(task.definition)), origin(cli, task))),
  ];
  cli.out.write([lines.join('\n'), ...tables].map((text) => cli.out.show(text)).join('\n'));
  return 0;
}

const groupWords = ({ definition }: LoadedGroup): ReturnType<typeof toWords> => toWords(definition);

const origin = (cli: Cli, { source }: LoadedTask | LoadedGroup): string => `${shorten(cli, source.file)}:${source.line}`;

/** Prints the JSON Schema. */
export function schema({ out }: Cli): number {
  out.writeLine(JSON.stringify(configJsonSchema(), null, 2));
  return 0;
}

function tellNotes({ err }: Cli, { notes }: LoadedConfig): void {
  for (const note of notes) err.writeLine(`note: ${err.show(note)}`);
}

function shorten({ cwd }: Cli, file: string): string {
  const short = relative(cwd, file);
  return short === '' || short.startsWith('..') ? file : short;
}
