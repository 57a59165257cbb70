/** What can be done with an output: another stream, a search, a time, the latest lines, saving it. */
import type { Ref } from 'preact';
import { useState } from 'preact/hooks';
import type { LineStore, LogName } from './line-store.ts';
import { settings } from './output-settings.ts';
import type { SearchStore } from './search-store.ts';

interface Props {
  readonly kinds: readonly LogName['kind'][];
  readonly kind: LogName['kind'];
  readonly onKind: (kind: LogName['kind']) => void;
  readonly lines: LineStore;
  readonly found: SearchStore;
  readonly input: Ref<HTMLInputElement>;
  readonly onLatest: () => void;
  readonly onTime: (iso: string) => void;
  readonly onSave: () => void;
}

/** The bar. */
export function OutputBar({ kinds, kind, onKind, lines, found, input, onLatest, onTime, onSave }: Props) {
  const isFollowed = lines.isFollowed.value;
  return (
    <div class="output-bar">
      <div class="chips" role="group" aria-label="Stream">
        {kinds.map((each) => (
          <button key={each} type="button" aria-pressed={each === kind} onClick={() => onKind(each)}>
            {each}
          </button>
        ))}
      </div>
      <SearchForm found={found} input={input} />
      <label class="from-time">
        From{' '}
        <input
          type="datetime-local"
          step="1"
          onChange={({ currentTarget: { value } }) => {
            if (value !== '') onTime(new Date(value).toISOString());
          }}
        />
      </label>
      <Toggle name="Times" isOn={settings.value.hasTimes} onToggle={(hasTimes) => (settings.value = { ...settings.value, hasTimes })} />
      <Toggle name="Wrap" isOn={settings.value.isWrapped} onToggle={(isWrapped) => (settings.value = { ...settings.value, isWrapped })} />
      <button type="button" aria-pressed={isFollowed} onClick={() => (isFollowed ? (lines.isFollowed.value = false) : onLatest())}>
        {isFollowed ? 'Live' : 'Paused'}
      </button>
      <button type="button" onClick={onSave}>
        Download
      </button>
    </div>
  );
}

function Toggle({ name, isOn, onToggle }: { name: string; isOn: boolean; onToggle: (isOn: boolean) => void }) {
  return (
    <button type="button" aria-pressed={isOn} onClick={() => onToggle(!isOn)}>
      {name}
    </button>
  );
}

function SearchForm({ found, input }: { found: SearchStore; input: Ref<HTMLInputElement> }) {
  const [text, setText] = useState(found.wanted.text);
  const [isPattern, setPattern] = useState(found.wanted.isPattern);
  const submit = (event: Event): void => {
    event.preventDefault();
    void found.begin({ text, isPattern });
  };
  return (
    <form class="search-form" role="search" onSubmit={submit}>
      <input
        ref={input}
        type="search"
        placeholder="Search  ( / )"
        aria-label="Search the whole output"
        value={text}
        onInput={({ currentTarget: { value } }) => {
          setText(value);
          if (value === '') void found.begin({ text: '', isPattern });
        }}
        onKeyDown={({ key, currentTarget }) => key === 'Escape' && currentTarget.blur()}
      />
      <button
        type="button"
        class="mono"
        aria-pressed={isPattern}
        aria-label="Regular expression"
        title="Regular expression"
        onClick={() => setPattern(!isPattern)}
      >
        .*
      </button>
    </form>
  );
}
