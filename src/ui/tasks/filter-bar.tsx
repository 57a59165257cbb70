/** What the list is narrowed to: words, and a kind of tasks with how many there are. */
import type { Signal } from '@preact/signals';
import type { Ref } from 'preact';
import { KINDS, type Filter, type Kind } from './listing.ts';

const NAMES: Readonly<Record<Kind, string>> = {
  all: 'All',
  running: 'Running',
  trouble: 'Trouble',
  stopped: 'Stopped',
  finished: 'Finished',
};

interface Props {
  readonly filter: Signal<Filter>;
  readonly counts: Readonly<Record<Kind, number>>;
  readonly input: Ref<HTMLInputElement>;
  readonly onLeave: () => void;
}

/** The bar. */
export function FilterBar({ filter, counts, input, onLeave }: Props) {
  const { text, kind } = filter.value;
  return (
    <search class="filter-bar">
      <input
        ref={input}
        type="search"
        placeholder="Filter  ( / )"
        aria-label="Filter tasks by name, command or group"
        value={text}
        onInput={(event) => (filter.value = { ...filter.value, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Enter' && event.key !== 'ArrowDown') return;
          event.preventDefault();
          if (event.key === 'Escape') filter.value = { ...filter.value, text: '' };
          onLeave();
        }}
      />
      <div class="chips" role="group" aria-label="Kind of tasks">
        {KINDS.map((each) => (
          <button
            key={each}
            type="button"
            class={`chip chip-${each}`}
            aria-pressed={kind === each}
            onClick={() => (filter.value = { ...filter.value, kind: each })}
          >
            {NAMES[each]} <span class="chip-count">{counts[each]}</span>
          </button>
        ))}
      </div>
    </search>
  );
}
