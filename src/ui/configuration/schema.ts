/** What a definition may hold, as the server's own description of its API says: keys, sentences, defaults, choices. Judges no value. */
import { ask } from '../server/ask.ts';

/** A key of a definition. */
export interface KeySchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly anyOf?: readonly KeySchema[];
}

/** The keys of a definition, in the order of the reference. */
export type Keys = Readonly<Record<string, KeySchema>>;

interface Description {
  readonly components: { readonly schemas: { readonly TaskDefinition: { readonly properties: Keys } } };
}

let asked: Promise<Keys> | undefined;

/** Asks for them, once. @throws Refusal */
export function readKeys(): Promise<Keys> {
  // The description stands beside the API, not in it.
  asked ??= ask<Description>('GET', '../../openapi.json').then(({ components }) => components.schemas.TaskDefinition.properties);
  asked.catch(() => (asked = undefined));
  return asked;
}

/** Parts of the form, each with its keys. What no part names stands in the last one. */
export const PARTS: readonly { readonly title: string; readonly keys: readonly string[] }[] = [
  { title: 'Task', keys: ['name', 'title', 'command', 'args', 'shell', 'cwd', 'env', 'runAtStartup', 'restart', 'dependsOn', 'group'] },
  { title: 'Readiness', keys: ['ready', 'alive', 'startTimeout'] },
  { title: 'Restarts', keys: ['restartDelay', 'restartMaxDelay', 'restartReset', 'maxRestarts', 'restartWindow', 'successExitCodes'] },
  { title: 'Schedule and watch', keys: ['schedule', 'timezone', 'overlap', 'watch', 'instances'] },
  { title: 'Stop and limits', keys: ['stopSignal', 'stopTimeout', 'stopCommand', 'drainTimeout', 'leftovers', 'runTimeout', 'maxMemory'] },
  { title: 'Output', keys: ['persistToDisk', 'rotatePrevious', 'log'] },
  { title: 'Process', keys: ['envFile', 'envInherit', 'user', 'nice', 'stdin'] },
];
