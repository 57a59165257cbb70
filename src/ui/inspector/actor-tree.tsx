/** The actors as a tree that the keyboard walks through as in every tree: the one it stands on is the one that is shown. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { toTreeRows, type TreeRow } from '../../trace/actor-tree.ts';
import { toStateText } from '../../trace/state-value.ts';
import { toVisible } from '../../trace/visible.ts';
import { toOwnName } from '../../trace/words.ts';
import { useWindow } from '../windowing/use-window.ts';
import { keyOf, type Inspection } from './inspection.ts';

const ROW_HEIGHT = 26;
const INDENT = 14;

/** The tree. `onChoose` gets what the actor is called in the address. */
export function ActorTree({ inspection, onChoose }: { inspection: Inspection; onChoose: (key: string) => void }) {
  const text = useSignal('');
  const ended = useSignal(false);
  const folded = useSignal<ReadonlySet<string>>(new Set());
  const chosen = inspection.chosen.value?.s;
  const filter = { text: text.value.trim().toLowerCase(), ended: ended.value, folded: folded.value, chosen };
  const rows = toTreeRows(inspection.actors.value, filter);
  const fold = (session: string, isOpen: boolean): void => {
    const next = new Set(folded.value);
    if (isOpen) next.delete(session);
    else next.add(session);
    folded.value = next;
  };
  return (
    <section class="insp-tree insp-pane" aria-label="Actors">
      <header class="insp-bar">
        <h2>Actors</h2>
        <span class="hint">{inspection.actors.value.size}</span>
        <input
          type="search"
          class="insp-filter"
          placeholder="Filter"
          aria-label="Filter actors"
          value={text}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        />
        <label class="insp-check">
          <input type="checkbox" checked={ended} onChange={({ currentTarget }) => (ended.value = currentTarget.checked)} /> ended
        </label>
      </header>
      <Rows rows={rows} chosen={chosen} onFold={fold} onChoose={(row) => onChoose(keyOf(row.actor))} />
    </section>
  );
}

interface RowsProps {
  readonly rows: readonly TreeRow[];
  readonly chosen: string | undefined;
  readonly onFold: (session: string, isOpen: boolean) => void;
  readonly onChoose: (row: TreeRow) => void;
}

function Rows({ rows, chosen, onFold, onChoose }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const seen = useWindow(scroller, { count: rows.length, estimateSize: () => ROW_HEIGHT, overscan: 8 });
  const at = rows.findIndex(({ actor }) => actor.s === chosen);
  useEffect(() => {
    if (at >= 0) seen.scrollToIndex(at, { align: 'auto' });
  }, [chosen, at]);
  const items = seen.getVirtualItems();
  return (
    <div
      ref={scroller}
      class="insp-scroll"
      role="tree"
      tabIndex={0}
      aria-label="Actors"
      aria-activedescendant={items.some(({ index }) => index === at) ? `actor-${chosen ?? ''}` : undefined}
      onKeyDown={(event) => {
        if (walk(event.key, rows, at, onFold, onChoose)) event.preventDefault();
      }}
    >
      <div role="none" class="insp-all" style={{ height: `${seen.getTotalSize()}px` }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return <Row key={row.actor.s} row={row} top={start} isChosen={index === at} onFold={onFold} onChoose={onChoose} />;
        })}
      </div>
      {rows.length === 0 && <p class="insp-empty hint">No actor matches.</p>}
    </div>
  );
}

interface RowProps extends Pick<RowsProps, 'onFold' | 'onChoose'> {
  readonly row: TreeRow;
  readonly top: number;
  readonly isChosen: boolean;
}

function Row({ row, top, isChosen, onFold, onChoose }: RowProps) {
  const { actor, level, place, siblings, children, isOpen } = row;
  const name = toVisible(toOwnName(actor));
  const state = toVisible(toStateText(actor.v));
  const machine = actor.m === undefined || actor.m === toOwnName(actor) ? '' : toVisible(actor.m);
  return (
    <div
      id={`actor-${actor.s}`}
      role="treeitem"
      class={`insp-actor insp-${actor.st}`}
      style={{ top: `${top}px`, paddingLeft: `${(level - 1) * INDENT + 4}px` }}
      title={toVisible([actor.sys ?? actor.s, actor.m, actor.src].filter((part) => part !== undefined).join(' · '))}
      aria-level={level}
      aria-posinset={place}
      aria-setsize={siblings}
      aria-selected={isChosen}
      aria-expanded={children === 0 ? undefined : isOpen}
      onClick={() => onChoose(row)}
    >
      <span
        class="insp-fold"
        aria-hidden="true"
        onClick={(event) => {
          if (children === 0) return;
          event.stopPropagation();
          onFold(actor.s, !isOpen);
        }}
      >
        {children === 0 ? '' : isOpen ? '▾' : '▸'}
      </span>
      <span class="insp-dot" aria-hidden="true" />
      <span class="insp-name">{name}</span>
      {machine !== '' && <span class="insp-machine">{machine}</span>}
      <span class="unseen">{actor.st}</span>
      <span class="insp-state">{state}</span>
    </div>
  );
}

/** As https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ says. @returns whether the key meant something */
function walk(key: string, rows: readonly TreeRow[], at: number, onFold: RowsProps['onFold'], onChoose: RowsProps['onChoose']): boolean {
  const row = rows[at];
  const go = (target: TreeRow | undefined): boolean => {
    if (target !== undefined) onChoose(target);
    return true;
  };
  switch (key) {
    case 'ArrowDown':
      return go(rows[at + 1]);
    case 'ArrowUp':
      return go(rows[at - 1]);
    case 'Home':
      return go(rows[0]);
    case 'End':
      return go(rows.at(-1));
    case 'ArrowRight':
      if (row === undefined || row.children === 0) return true;
      if (row.isOpen) return go(rows[at + 1]);
      onFold(row.actor.s, true);
      return true;
    case 'ArrowLeft':
      if (row?.isOpen !== true) return go(rows.slice(0, Math.max(0, at)).findLast(({ level }) => level < (row?.level ?? 0)));
      onFold(row.actor.s, false);
      return true;
    default:
      return false;
  }
}
