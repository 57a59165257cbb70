/** A task in the list. Times tick by themselves: the row is drawn again only when its task changes. */
import { useComputed, type ReadonlySignal } from '@preact/signals';
import type { Task } from '../server/json.ts';
import { now } from '../shell/clock.ts';
import { hrefTo } from '../shell/route.ts';
import { CommandButtons } from './command-buttons.tsx';
import { State } from './state.tsx';
import { CpuUse, MemoryUse } from './usage-cells.tsx';
import type { UsageStore } from './usage.ts';
import { reasonOf, timeOf, toneOf } from './words.ts';

/** What a row is given. */
export interface RowProps {
  readonly task: ReadonlySignal<Task>;
  readonly usage: UsageStore;
  readonly isCurrent: boolean;
  /** From 1, the head counted. */
  readonly index: number;
  readonly top: number;
  readonly onFocus: () => void;
}

/** The row. */
export function TaskRow({ task: source, usage, isCurrent, index, top, onFocus }: RowProps) {
  const task = source.value;
  const { name, title, command, args } = task.definition;
  const time = useComputed(() => timeOf(source.value, now.value));
  const reason = useComputed(() => reasonOf(source.value, now.value));
  const pid = task.status.state === 'running' ? task.status.pid : null;
  return (
    <div
      class={`task-row row-${toneOf(task)}`}
      role="row"
      aria-rowindex={index}
      aria-selected={isCurrent}
      data-task={name}
      tabIndex={isCurrent ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
      onFocus={onFocus}
    >
      <div role="gridcell" class="cell-state">
        <State task={task} />
      </div>
      <div role="gridcell" class="cell-name">
        <a href={hrefTo('tasks', name)} tabIndex={isCurrent ? 0 : -1}>
          {name}
        </a>
        {title !== name && <span class="title">{title}</span>}
      </div>
      <div role="gridcell" class="cell-reason" title={[command, ...args].join(' ')}>
        {reason.value === '' ? <code>{[command, ...args].join(' ')}</code> : reason}
      </div>
      <div role="gridcell" class="cell-pid figure">
        {pid}
      </div>
      <div role="gridcell" class="cell-time figure">
        {time}
      </div>
      <div role="gridcell" class="cell-restarts figure">
        {task.restarts > 0 && `${task.restarts}×`}
      </div>
      <div role="gridcell" class="cell-cpu">
        <CpuUse usage={usage} name={name} />
      </div>
      <div role="gridcell" class="cell-memory">
        <MemoryUse usage={usage} name={name} />
      </div>
      <div role="gridcell" class="cell-commands">
        <CommandButtons task={task} isCompact isInTabOrder={isCurrent} />
      </div>
    </div>
  );
}
