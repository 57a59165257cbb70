/** The head of a group in the list: folds and unfolds it. */
import type { Row } from './listing.ts';

interface Props {
  readonly row: Extract<Row, { type: 'group' }>;
  readonly index: number;
  readonly top: number;
  readonly onToggle: () => void;
}

/** The row. */
export function GroupRow({ row: { group, count, troubled, isFolded }, index, top, onToggle }: Props) {
  return (
    <div class="group-row" role="row" aria-rowindex={index} style={{ transform: `translateY(${top}px)` }}>
      <div role="gridcell" aria-colspan={9}>
        <button type="button" class="quiet" aria-expanded={!isFolded} onClick={onToggle}>
          <span aria-hidden="true">{isFolded ? '▸' : '▾'}</span> {group}
          <span class="chip-count">{count}</span>
          {troubled > 0 && <span class="tone-bad">{troubled} in trouble</span>}
        </button>
      </div>
    </div>
  );
}
