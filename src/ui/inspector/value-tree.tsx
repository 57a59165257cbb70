/** JSON as a tree that opens and closes, with marks for what changed. Shows text as text. */
import { isBranch, pathTo, type Branch, type Change, type Changes } from '../../trace/changes.ts';
import { toVisible } from '../../trace/visible.ts';

/** Branches with more entries than this, or deeper than the second level, are closed at first. */
const OPEN_ENTRIES = 12;
const OPEN_DEPTH = 2;

/** A value with what is inside. `before` is what it was, for what is gone. */
export function ValueTree({ value, before, changes }: { value: Branch; before: Branch; changes: Changes }) {
  return (
    <ul class="insp-values">
      <Entries value={value} before={before} path="" depth={0} changes={changes} />
    </ul>
  );
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly changes: Changes;
}

function Entries({ value, before, path, depth, changes }: Place & { value: Branch; before: Branch }) {
  const gone = Object.keys(before).filter((key) => changes.get(pathTo(path, key)) === 'removed');
  return (
    <>
      {Object.entries(value).map(([key, inside]) => (
        <Entry key={key} name={key} value={inside} before={before[key]} path={pathTo(path, key)} depth={depth} changes={changes} />
      ))}
      {gone.map((key) => (
        <li key={`-${key}`} class="insp-change-removed">
          <span class="insp-key">{toVisible(key)}</span>
          <Mark change="removed" />
        </li>
      ))}
    </>
  );
}

interface EntryProps extends Place {
  readonly name: string;
  readonly value: unknown;
  readonly before: unknown;
}

function Entry({ name, value, before, path, depth, changes }: EntryProps) {
  const change = changes.get(path);
  const classes = change === undefined ? undefined : `insp-change-${change}`;
  const key = <span class="insp-key">{toVisible(name)}</span>;
  if (!isBranch(value)) {
    return (
      <li class={classes}>
        {key} <Leaf value={value} />
        {change === 'changed' && !isBranch(before) && <s class="insp-before">{toText(before)}</s>}
        <Mark change={change} />
      </li>
    );
  }
  const count = Object.keys(value).length;
  const sign = Array.isArray(value) ? `[${count}]` : `{${count}}`;
  return (
    <li class={classes}>
      {count === 0 ? (
        <span>
          {key} <span class="insp-sign">{Array.isArray(value) ? '[]' : '{}'}</span>
        </span>
      ) : (
        <details open={depth < OPEN_DEPTH && count <= OPEN_ENTRIES}>
          <summary>
            {key} <span class="insp-sign">{sign}</span>
            <Mark change={change} />
          </summary>
          <ul>
            <Entries value={value} before={isBranch(before) ? before : {}} path={path} depth={depth + 1} changes={changes} />
          </ul>
        </details>
      )}
    </li>
  );
}

function Leaf({ value }: { value: unknown }) {
  return <span class={`insp-leaf insp-${value === null ? 'null' : typeof value}`}>{toText(value)}</span>;
}

const toText = (value: unknown): string => toVisible(JSON.stringify(value) ?? 'undefined');

/** For those who do not see the colour. */
function Mark({ change }: { change: Change | undefined }) {
  return change === undefined ? null : <span class="unseen"> ({change})</span>;
}
