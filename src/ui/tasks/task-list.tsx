/** All tasks, a row each: filtered, in groups, with the keyboard. Only rows in sight are drawn. */
import { signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { TaskStore } from '../server/task-store.ts';
import { notifyOf } from '../shell/notices.tsx';
import { goTo, hrefTo } from '../shell/route.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useWindow } from '../windowing/use-window.ts';
import { tell, type Command } from './commands.ts';
import { FilterBar } from './filter-bar.tsx';
import { GroupRow } from './group-row.tsx';
import { countKinds, isMeant, toRows, type Filter, type Row } from './listing.ts';
import { narrow } from './narrow.ts';
import { TaskRow, type RowProps } from './task-row.tsx';
import { UsageStore } from './usage.ts';

const ROW_PX = 34;
const NARROW_ROW_PX = 62;
const COLUMNS = ['State', 'Task', 'Reason or command', 'Pid', 'Since', 'Restarts', 'CPU', 'Memory', 'Commands'] as const;

/** Kept while another view is shown. */
const filter = signal<Filter>({ text: '', kind: 'all' });
const folded = signal<ReadonlySet<string>>(new Set());

/** The list. */
export function TaskList({ store, mayDefine }: { store: TaskStore; mayDefine: boolean }) {
  const usage = useUsage();
  const tasks = useComputed(() => store.names.value.flatMap((name) => store.find(name)?.value ?? []));
  const counts = useComputed(() => countKinds(tasks.value));
  const rows = useComputed(() =>
    toRows(
      tasks.value.filter((task) => isMeant(task, filter.value)),
      folded.value,
    ),
  );
  const scroller = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const height = narrow.value ? NARROW_ROW_PX : ROW_PX;
  const list = useWindow(scroller, {
    count: rows.value.length,
    estimateSize: (index) => (rows.value[index]?.type === 'group' ? ROW_PX : height),
    overscan: 8,
  });
  useLayoutEffect(() => list.measure(), [height]);
  const names = rows.value.flatMap((row) => (row.type === 'task' ? [row.name] : []));
  const { current, moveTo } = useCurrent(
    names,
    (name) => list.scrollToIndex(rows.value.findIndex((row) => row.type === 'task' && row.name === name)),
    scroller,
  );
  useKeys({ names, current, moveTo, focusFilter: () => input.current?.select() });
  if (!store.isLoaded.value) return <p class="empty">Loading…</p>;
  return (
    <div class="tasks">
      <FilterBar filter={filter} counts={counts.value} input={input} onLeave={() => moveTo(current ?? names[0])} />
      <div class="task-grid" role="grid" aria-label="Tasks" aria-rowcount={rows.value.length + 1} aria-colcount={COLUMNS.length}>
        <GridHead />
        <div class="task-scroller" role="presentation" ref={scroller}>
          <div class="task-rows" role="rowgroup" style={{ height: `${list.getTotalSize()}px` }}>
            {list.getVirtualItems().map(({ index, start }) => {
              const row = rows.value[index];
              const isCurrent = row?.type === 'task' && row.name === current;
              return row && <ListRow key={keyOf(row)} {...{ row, index, start, store, usage, isCurrent, moveTo }} />;
            })}
          </div>
          {rows.value.length === 0 && <Nothing hasTasks={tasks.value.length > 0} mayDefine={mayDefine} />}
        </div>
      </div>
    </div>
  );
}

function GridHead() {
  return (
    <div class="task-head" role="rowgroup">
      <div class="task-row" role="row" aria-rowindex={1}>
        {COLUMNS.map((name) => (
          <div key={name} role="columnheader" class={`head-${name.toLowerCase().split(' ')[0]}`}>
            {name}
          </div>
        ))}
      </div>
    </div>
  );
}

const keyOf = (row: Row): string => (row.type === 'group' ? `group ${row.group}` : row.name);

interface ListRowProps extends Pick<RowProps, 'usage' | 'isCurrent'> {
  readonly row: Row;
  readonly index: number;
  readonly start: number;
  readonly store: TaskStore;
  readonly moveTo: (name: string) => void;
}

function ListRow({ row, index, start, store, usage, isCurrent, moveTo }: ListRowProps) {
  const place = { index: index + 2, top: start };
  if (row.type === 'group') return <GroupRow row={row} {...place} onToggle={() => toggle(row.group)} />;
  const task = store.find(row.name);
  return task === undefined ? null : (
    <TaskRow task={task} usage={usage} {...place} isCurrent={isCurrent} onFocus={() => moveTo(row.name)} />
  );
}

function Nothing({ hasTasks, mayDefine }: { hasTasks: boolean; mayDefine: boolean }) {
  return (
    <p class="empty" role="row">
      <span role="gridcell">
        {hasTasks ? 'No task is like that.' : 'There are no tasks yet. '}
        {!hasTasks && mayDefine && <a href={hrefTo('configuration', 'new')}>Define one</a>}
      </span>
    </p>
  );
}

function toggle(group: string): void {
  const next = new Set(folded.value);
  if (!next.delete(group)) next.add(group);
  folded.value = next;
}

function useUsage(): UsageStore {
  const usage = useMemo(() => new UsageStore(), []);
  useEffect(() => {
    const end = new AbortController();
    usage.keep(end.signal).catch((error: unknown) => notifyOf('What tasks use is not known', error));
    return () => end.abort();
  }, []);
  return usage;
}

/** The task that keys are meant for; the focus goes with it once its row is drawn. */
function useCurrent(names: readonly string[], show: (name: string) => void, scroller: { readonly current: HTMLElement | null }) {
  const chosen = useSignal<string | undefined>(undefined);
  const wanted = useRef<string | undefined>(undefined);
  const current = chosen.value !== undefined && names.includes(chosen.value) ? chosen.value : names[0];
  const moveTo = (name: string | undefined): void => {
    if (name === undefined || (name === chosen.value && document.activeElement?.closest(`[data-task]`) !== null)) return;
    chosen.value = name;
    wanted.current = name;
    show(name);
    focusWanted();
  };
  const focusWanted = (): void => {
    const row = [...(scroller.current?.querySelectorAll<HTMLElement>('[data-task]') ?? [])].find(
      ({ dataset }) => dataset['task'] === wanted.current,
    );
    if (row === undefined) return;
    wanted.current = undefined;
    if (!row.contains(document.activeElement)) row.focus({ preventScroll: true });
  };
  useLayoutEffect(focusWanted);
  return { current, moveTo };
}

const open = (name: string): true => {
  goTo('tasks', name);
  return true;
};

/** The first key goes to the list, the next ones move in it. */
const isInList = (): boolean => (document.activeElement?.closest('[data-task]') ?? null) !== null;

interface Keys {
  readonly names: readonly string[];
  readonly current: string | undefined;
  readonly moveTo: (name: string | undefined) => void;
  readonly focusFilter: () => void;
}

function useKeys({ names, current, moveTo, focusFilter }: Keys): void {
  const at = names.indexOf(current ?? '');
  const move = (to: number) => () => moveTo(names[Math.max(0, Math.min(names.length - 1, to))]);
  const say = (command: Command) => (): false | void => (current === undefined ? false : void tell(current, command));
  useShortcuts({
    title: 'List of tasks',
    shortcuts: [
      { keys: ['/'], does: 'Filter', run: focusFilter },
      { keys: ['j', 'ArrowDown'], does: 'Next task', run: () => move(isInList() ? at + 1 : at)() },
      { keys: ['k', 'ArrowUp'], does: 'Task before', run: move(at - 1) },
      { keys: ['Home'], does: 'First task', run: move(0) },
      { keys: ['End'], does: 'Last task', run: move(names.length - 1) },
      {
        keys: ['Enter'],
        does: 'Open the task',
        // Of a button or a link in the row, Enter is theirs.
        run: ({ target }) =>
          current !== undefined && !(target instanceof HTMLElement && target.closest('button, a') !== null) && open(current),
      },
      { keys: ['s'], does: 'Start', run: say('start') },
      { keys: ['x'], does: 'Stop', run: say('stop') },
      { keys: ['r'], does: 'Restart', run: say('restart') },
    ],
  });
}
