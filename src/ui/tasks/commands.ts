/** What a task can be told from the page. What comes of it shows in its state, which the events tell. */
import { ask, inPath } from '../server/ask.ts';
import { announce } from '../shell/announce.ts';
import { notifyOf } from '../shell/notices.tsx';

/** A command. */
export type Command = 'start' | 'stop' | 'restart' | 'kill';

const SAID = { start: 'Starting', stop: 'Stopping', restart: 'Restarting', kill: 'Killing' } as const;

/** Tells a task what to do; what is refused is shown. */
export async function tell(name: string, command: Command): Promise<void> {
  announce(`${SAID[command]} ${name}`);
  try {
    const isStop = command === 'stop' || command === 'kill';
    await ask('POST', `tasks/${inPath(name)}/${isStop ? 'stop' : command}`, { body: isStop ? { kill: command === 'kill' } : {} });
  } catch (error) {
    notifyOf(`${name} could not be told to ${command}`, error);
  }
}
