/** An event in words: when, whose, and what happened. Decides nothing. */
import type { RunnerEvent } from '../../index.ts';
import { describeNextStart, describeNow } from './status.ts';

/** Whose it is: a task, a group, or the daemon as a whole. */
export const subjectOf = (event: RunnerEvent): string => ('group' in event ? event.group : 'task' in event ? event.task : 'dirigent');

/** What happened. */
export function describeEvent(event: RunnerEvent): string {
  switch (event.type) {
    case 'task.registered':
      return 'defined';
    case 'task.updated':
      return event.info.pendingChange ? 'definition changed, for its next start' : 'definition changed';
    case 'task.changed':
      return event.info.nextStartAt === null || event.to.state === 'running'
        ? describeNow(event.info)
        : describeNextStart(event.info, event.time);
    case 'task.removed':
      return 'removed';
    case 'task.survivors':
      return `left alive, since SIGKILL does not end it: ${event.processes.map(({ pid, command }) => `${pid} (${command})`).join(', ')}`;
    case 'group.gaveUp':
      return `gave up: ${event.task} did, ${event.count} ${event.count === 1 ? 'time' : 'times'} within its window`;
    case 'log.gap':
      return `up to ${event.maxBytes} bytes may be missing in ${event.stream}.log`;
    case 'runner.closing':
      return 'ends';
    case 'shim.lost':
      return `the companion process is lost: ${event.message}`;
  }
}
