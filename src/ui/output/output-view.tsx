/** What a task wrote: live, searched, from a time on, by stream. */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { FoundLine, Task } from '../server/json.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { download } from './download.ts';
import { FoundList } from './found-list.tsx';
import { LineStore, type LogName, type Start } from './line-store.ts';
import { Lines } from './lines.tsx';
import { OutputBar } from './output-bar.tsx';
import { settings } from './output-settings.ts';
import { SearchStore } from './search-store.ts';

/** So many bytes before a line that was found are shown, too. */
const BEFORE_BYTES = 8 * 1024;

interface Props {
  readonly task: ReadonlySignal<Task>;
  /** From when on. */
  readonly since: string | undefined;
}

/** The output. */
export function OutputView({ task, since }: Props) {
  const { name, log } = task.value.definition;
  const kinds: readonly LogName['kind'][] = log.combined ? ['combined', 'stdout', 'stderr'] : ['stdout', 'stderr'];
  const [chosen, setChosen] = useState<LogName['kind']>('combined');
  const kind = kinds.includes(chosen) ? chosen : 'stdout';
  const { lines, found, target, begin, jump } = useLog({ task: name, kind }, since);
  const input = useRef<HTMLInputElement>(null);
  useOutputKeys({ begin, found, target, jump, input });
  const { text, isPattern } = found.wanted;
  const isSearching = found.search.value.state !== 'none';
  return (
    <div class="output">
      <OutputBar
        kinds={kinds}
        kind={kind}
        onKind={setChosen}
        lines={lines}
        found={found}
        input={input}
        onLatest={() => begin()}
        onTime={(time) => begin({ since: time })}
        onSave={() => void download({ task: name, kind })}
      />
      {lines.problem.value !== null && (
        <p class="field-error output-problem" role="alert">
          {lines.problem}
        </p>
      )}
      <div class="output-panes">
        <Lines
          store={lines}
          look={{ hasTimes: settings.value.hasTimes, wanted: isSearching && !isPattern ? text : '', target: target.value }}
          isWrapped={settings.value.isWrapped}
          label={`Output of ${name}`}
        />
        <FoundList store={found} target={target.value} onJump={jump} />
      </div>
    </div>
  );
}

/** A log, a search in it, and the line of it that was jumped to. */
function useLog({ task: name, kind }: LogName, since: string | undefined) {
  const lines = useMemo(() => new LineStore({ task: name, kind }), [name, kind]);
  const found = useMemo(() => new SearchStore({ task: name, kind }), [name, kind]);
  const target = useSignal<number | undefined>(undefined);
  const begin = (start?: Start): void => {
    target.value = undefined;
    lines.begin(start);
  };
  const jump = (match: FoundLine): void => {
    lines.begin({ offset: Math.max(0, match.offset - BEFORE_BYTES) });
    target.value = match.offset;
  };
  useEffect(() => {
    begin(since === undefined ? undefined : { since });
    return () => lines.close();
  }, [lines]);
  useEffect(() => {
    void found.begin(found.wanted);
    return () => found.close();
  }, [found]);
  return { lines, found, target, begin, jump };
}

interface Keys {
  readonly begin: () => void;
  readonly found: SearchStore;
  readonly target: ReadonlySignal<number | undefined>;
  readonly jump: (match: FoundLine) => void;
  readonly input: { readonly current: HTMLInputElement | null };
}

function useOutputKeys({ begin, found, target, jump, input }: Keys): void {
  const step = (by: number) => (): false | void => {
    const search = found.search.value;
    const matches = 'matches' in search ? search.matches : [];
    const at = matches.findIndex(({ offset }) => offset === target.value);
    const next = at === -1 ? matches.at(by > 0 ? 0 : -1) : matches[at + by];
    if (next === undefined) return false;
    jump(next);
  };
  useShortcuts({
    title: 'Output',
    shortcuts: [
      { keys: ['/'], does: 'Search', run: () => input.current?.select() },
      { keys: ['n'], does: 'Next line that was found', run: step(1) },
      { keys: ['N'], does: 'Line before that was found', run: step(-1) },
      { keys: ['f', 'End'], does: 'Follow the latest lines', run: () => begin() },
      { keys: ['w'], does: 'Wrap lines', run: () => (settings.value = { ...settings.value, isWrapped: !settings.value.isWrapped }) },
      { keys: ['t'], does: 'Show times', run: () => (settings.value = { ...settings.value, hasTimes: !settings.value.hasTimes }) },
    ],
  });
}
