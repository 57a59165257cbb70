/** What the machines of a task did, as their files tell, with or without a runner. Locks, starts and changes nothing. */
import { taskActorId } from '../machines/supervisor.types.ts';
import { messageOf, TaskError } from './errors.ts';
import type { DirigentPaths } from './paths.ts';
import { cutRecording } from './inspector/recordings.ts';
import { toRecordingPage } from './inspector/recording-page.ts';
import { selectLines } from './replay/select.ts';
import { HISTORY_FILES, INSPECTOR_FOLDER } from './runner/history-file.ts';
import type { Line } from './trace/frame.ts';
import { OwnedDir } from './util/owned-dir.ts';
import { readOwnedFile } from './util/owned-file.ts';

/** Which part is recorded. */
export interface RecordOptions {
  /** From then on. @default all that is kept */
  readonly since?: Date;
}

/**
 * The recording of a task: its machine, and the actors inside it, from a moment on. Begins with a hello, which tells how everything was then. What
 * happened in the last quarter of a second may not be there yet.
 * @throws TaskError `TASK_NOT_FOUND` where nothing of the task is kept; `DATA_DIR_UNSAFE`, `DATA_DIR_UNUSABLE`
 */
export function recordOnDisk(paths: DirigentPaths, name: string, { since }: RecordOptions = {}): Line[] {
  const lines = selectLines(readHistory(paths), { actor: taskActorId(name), sinceMs: since?.getTime() });
  if (lines.length > 0) return lines;
  const advice = `is a task of that name defined, did it run since, and is [runner] history not false?`;
  throw new TaskError('TASK_NOT_FOUND', `nothing of ${taskActorId(name)} is kept below ${paths.dataDir}: ${advice}`, {
    details: { task: name },
  });
}

/** A recording as one HTML file that shows itself, with its machines drawn. @throws TaskError `INTERNAL` where the build has no page */
export async function recordingPage(lines: readonly Line[]): Promise<string> {
  return toRecordingPage(await cutRecording(lines, lines.at(-1)?.t ?? 0));
}

/** What is kept, oldest first; what is torn is passed by: a hello comes after it. */
function readHistory(paths: DirigentPaths): Line[] {
  let data: OwnedDir | undefined;
  let dir: OwnedDir | undefined;
  try {
    data = OwnedDir.openExisting(paths.dataDir);
    dir = OwnedDir.openExisting(data.at(INSPECTOR_FOLDER));
    const texts = HISTORY_FILES.map((file) => (dir === undefined ? undefined : readOwnedFile(dir, file)) ?? '');
    return texts.flatMap((text) => text.split('\n')).flatMap(toLine);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return [];
    throw new TaskError(code === 'EUNSAFE' ? 'DATA_DIR_UNSAFE' : 'DATA_DIR_UNUSABLE', messageOf(error), { cause: error });
  } finally {
    dir?.close();
    data?.close();
  }
}

function toLine(text: string): readonly Line[] {
  try {
    return text === '' ? [] : [JSON.parse(text) as Line];
  } catch {
    return []; // torn
  }
}
