/** What a search found: each line leads to its place in the log. */
import type { FoundLine } from '../server/json.ts';
import { toTimeOfDay } from '../shell/moment.ts';
import { toPieces } from './ansi.ts';
import { withMarks } from './marks.ts';
import type { SearchStore } from './search-store.ts';

interface Props {
  readonly store: SearchStore;
  readonly target: number | undefined;
  readonly onJump: (match: FoundLine) => void;
}

/** The list, with what is to be said of the search. */
export function FoundList({ store, target, onJump }: Props) {
  const search = store.search.value;
  if (search.state === 'none') return null;
  const marked = store.wanted.isPattern ? '' : store.wanted.text;
  return (
    <section class="found" aria-label="What was found">
      <p class="found-state" role="status">
        {search.state === 'failed' ? (
          <span class="field-error">{search.message}</span>
        ) : (
          stateOf(search.matches.length, search.state === 'searching', search.state === 'done' && search.hasMore)
        )}
      </p>
      <ol>
        {search.matches.map((match) => (
          <li key={match.offset}>
            <button type="button" aria-current={match.offset === target ? 'true' : undefined} onClick={() => onJump(match)}>
              <span class="line-time">{match.time === null ? '' : toTimeOfDay(match.time)}</span>
              <bdi class="found-text">
                {withMarks(toPieces(match.text.slice(0, 400)), marked).map(({ text, isMark }, at) =>
                  isMark ? <mark key={at}>{text}</mark> : text,
                )}
              </bdi>
            </button>
          </li>
        ))}
      </ol>
      {search.state === 'done' && search.hasMore && (
        <button type="button" onClick={() => void store.more()}>
          Look on
        </button>
      )}
    </section>
  );
}

function stateOf(count: number, isSearching: boolean, hasMore: boolean): string {
  if (isSearching) return 'Searching…';
  return `${count === 0 ? 'No line' : count === 1 ? '1 line' : `${count} lines`}${hasMore ? ', and perhaps more' : ''}`;
}
