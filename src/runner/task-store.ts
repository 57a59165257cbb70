/** `tasks.json`: the definitions that outlive the runner. The only file that holds their environment values, so mode 0600. */
import { TaskError, messageOf } from '../errors.ts';
import type { TaskDefinition } from '../model/definition.ts';
import { type OwnedDir, UnsafePathError } from '../util/owned-dir.ts';
import { readOwnedFile, writeOwnedFile } from '../util/owned-file.ts';

const FILE = 'tasks.json';
const VERSION = 1;

/**
 * Reads the definitions. None when there is no file.
 * @throws TaskError `DATA_DIR_UNUSABLE` when the file is damaged or of a newer version: it is never overwritten
 */
export function loadTaskStore(dir: OwnedDir): readonly unknown[] {
  const text = readOwnedFile(dir, FILE);
  if (text === undefined) return [];
  const content = parse(text, `${dir.path}/${FILE}`);
  if (content.version === VERSION && Array.isArray(content.tasks)) return content.tasks;
  throw new TaskError(
    'DATA_DIR_UNUSABLE',
    `${dir.path}/${FILE} has version ${String(content.version)}, expected ${VERSION}; use the version of dirigent that wrote it, or move the file away`,
  );
}

/**
 * Writes the definitions, to the disk itself.
 * @throws TaskError `DATA_DIR_UNSAFE` when something else than a file of ours lies there, `DATA_DIR_UNUSABLE` when it cannot be written
 */
export function saveTaskStore(dir: OwnedDir, tasks: readonly TaskDefinition[]): void {
  try {
    writeOwnedFile(dir, FILE, `${JSON.stringify({ version: VERSION, tasks }, null, 2)}\n`, true);
  } catch (error) {
    if (error instanceof UnsafePathError) throw new TaskError('DATA_DIR_UNSAFE', error.message, { cause: error });
    throw new TaskError('DATA_DIR_UNUSABLE', `${dir.path}/${FILE} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function parse(text: string, path: string): { version?: unknown; tasks?: unknown } {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null) return content;
    throw new Error('expected an object');
  } catch (error) {
    throw new TaskError('DATA_DIR_UNUSABLE', `${path} is damaged (${messageOf(error)}); restore it or move it away`, { cause: error });
  }
}
