/** One task, whole: how it is, what it wrote, what became of its runs, why, on whom it depends, how it is defined. */
import { useComputed, type ReadonlySignal } from '@preact/signals';
import { OutputView } from '../output/output-view.tsx';
import type { Task } from '../server/json.ts';
import type { TaskStore } from '../server/task-store.ts';
import { now } from '../shell/clock.ts';
import { goTo, hrefTo } from '../shell/route.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { CommandButtons } from '../tasks/command-buttons.tsx';
import { tell, type Command } from '../tasks/commands.ts';
import { State } from '../tasks/state.tsx';
import { reasonOf, timeOf } from '../tasks/words.ts';
import { DefinitionPart } from './definition-part.tsx';
import { DependenciesPart } from './dependencies-part.tsx';
import { RunsPart } from './runs-part.tsx';
import { WhyPart } from './why-part.tsx';

const PARTS = [
  ['output', 'Output'],
  ['runs', 'Runs'],
  ['why', 'Why'],
  ['dependencies', 'Dependencies'],
  ['definition', 'Definition'],
] as const;

/** The part that stands so far from another one; behind the last comes the first. */
function partBeside(part: string, by: number): string {
  const keys = PARTS.map(([key]) => key);
  return keys.at((keys.findIndex((key) => key === part) + by) % keys.length) ?? 'output';
}

interface Props {
  readonly name: string;
  /** Which part of it, and from when on its output is shown. */
  readonly path: readonly string[];
  readonly store: TaskStore;
}

/** The task of that name, or that there is none. */
export function TaskView({ name, path, store }: Props) {
  const task = useComputed(() => (store.names.value.includes(name) ? store.find(name) : undefined)).value;
  if (!store.isLoaded.value) return <p class="empty">Loading…</p>;
  if (task === undefined)
    return (
      <p class="empty">
        There is no task {name}. <a href={hrefTo('tasks')}>All tasks</a>
      </p>
    );
  return <Found task={task} path={path} store={store} />;
}

function Found({ task, path, store }: { task: ReadonlySignal<Task>; path: readonly string[]; store: TaskStore }) {
  const [part = 'output'] = path;
  const { name } = task.value.definition;
  const say = (command: Command) => () => void tell(name, command);
  useShortcuts({
    title: 'Task',
    shortcuts: [
      { keys: ['Escape', 'u'], does: 'Back to all tasks', run: () => goTo('tasks') },
      { keys: ['s'], does: 'Start', run: say('start') },
      { keys: ['x'], does: 'Stop', run: say('stop') },
      { keys: ['r'], does: 'Restart', run: say('restart') },
      { keys: ['['], does: 'Part before', run: () => goTo('tasks', name, partBeside(part, -1)) },
      { keys: [']'], does: 'Next part', run: () => goTo('tasks', name, partBeside(part, 1)) },
    ],
  });
  return (
    <div class="task">
      <Head task={task} />
      <nav class="parts" aria-label={`Parts of ${name}`}>
        {PARTS.map(([key, title]) => (
          <a key={key} href={hrefTo('tasks', name, key)} aria-current={key === part ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <div class={`part part-${part}`}>
        <Part task={task} path={path} store={store} />
      </div>
    </div>
  );
}

function Head({ task: source }: { task: ReadonlySignal<Task> }) {
  const task = source.value;
  const { name, title } = task.definition;
  const reason = useComputed(() => reasonOf(source.value, now.value));
  const time = useComputed(() => timeOf(source.value, now.value));
  return (
    <header class="task-head-line">
      <a class="button quiet" href={hrefTo('tasks')} aria-label="All tasks">
        ←
      </a>
      <h2>
        {name} {title !== name && <span class="title">{title}</span>}
      </h2>
      <State task={task} />
      {task.status.state === 'running' && task.status.pid !== null && <span class="figure">pid {task.status.pid}</span>}
      <span class="figure">{time}</span>
      {task.restarts > 0 && <span>{task.restarts === 1 ? '1 restart' : `${task.restarts} restarts`}</span>}
      <span class="reason">{reason}</span>
      <span class="commands">
        <CommandButtons task={task} />
      </span>
    </header>
  );
}

function Part({ task, path: [part = 'output', since], store }: { task: ReadonlySignal<Task>; path: readonly string[]; store: TaskStore }) {
  switch (part) {
    case 'runs':
      return <RunsPart task={task} />;
    case 'why':
      return <WhyPart task={task} />;
    case 'dependencies':
      return <DependenciesPart task={task.value} store={store} />;
    case 'definition':
      return <DefinitionPart task={task.value} />;
    default:
      return <OutputView key={since ?? ''} task={task} since={since} />;
  }
}
