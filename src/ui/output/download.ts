/** Saves a log as a file: asked for with the token, which a link could not carry. */
import { askFor, inPath } from '../server/ask.ts';
import { notifyOf } from '../shell/notices.tsx';
import type { LogName } from './line-store.ts';

/** Saves all of a log that is kept. */
export async function download({ task, kind }: LogName): Promise<void> {
  try {
    const response = await askFor('GET', `tasks/${inPath(task)}/output`, { query: { kind, tail: 'all' } });
    const url = URL.createObjectURL(await response.blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = `${task}.${kind}.log`;
    link.click();
    URL.revokeObjectURL(url);
  } catch (error) {
    notifyOf(`The output of ${task} could not be saved`, error);
  }
}
