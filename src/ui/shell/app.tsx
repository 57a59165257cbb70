/** The page as a whole: what it shows at each stage of its start, and around every view. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageInfo } from '../../trace/page-info.ts';
import { ConfigurationView } from '../configuration/configuration-view.tsx';
import { TaskStore } from '../server/task-store.ts';
import { TasksView } from '../tasks/tasks-view.tsx';
import { announcement } from './announce.ts';
import { stage } from './boot.ts';
import { ConnectionBar } from './connection-state.tsx';
import { InspectorRoute } from './inspector-route.tsx';
import { Notices, notifyOf } from './notices.tsx';
import { Navigation } from './navigation.tsx';
import { goTo, route } from './route.ts';
import { ShortcutHelp } from './shortcut-help.tsx';
import { useShortcuts } from './shortcuts.ts';
import { tellAloud } from './tell-aloud.ts';
import { TokenEntry } from './token-entry.tsx';

/** The page. */
export function App() {
  const current = stage.value;
  switch (current.at) {
    case 'starting':
      return <p class="entry">Loading…</p>;
    case 'token':
      return <TokenEntry hint={current.hint} />;
    case 'unreachable':
      return (
        <main class="entry">
          <h1>dirigent</h1>
          <p role="alert">{current.message} The page tries again by itself.</p>
        </main>
      );
    case 'ready':
      return <Whole info={current.info} />;
  }
}

function Whole({ info }: { info: PageInfo }) {
  const store = useKeptTasks(info);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [named = 'tasks', ...rest] = route.value;
  const view = info.tasks ? named : 'inspector';
  useEffect(() => {
    document.title = `${info.title} · dirigent`;
  }, [info]);
  const go = (target: string) => (): false | void => (info.tasks || target === 'inspector' ? goTo(target) : false);
  useShortcuts({
    title: 'Everywhere',
    shortcuts: [
      { keys: ['?'], does: 'Show the keys', run: () => setHelpOpen(true) },
      { keys: ['1'], does: 'Tasks', run: go('tasks') },
      { keys: ['2'], does: 'Configuration', run: go('configuration') },
      { keys: ['3'], does: 'Inspector', run: go('inspector') },
    ],
  });
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>
        Skip to the content
      </a>
      <Navigation info={info} view={view} onHelp={() => setHelpOpen(true)} />
      <ConnectionBar />
      <main id="main" tabIndex={-1}>
        {view === 'inspector' ? (
          <InspectorRoute info={info} path={rest} />
        ) : view === 'configuration' ? (
          <ConfigurationView info={info} store={store} path={rest} />
        ) : (
          <TasksView info={info} store={store} path={rest} />
        )}
      </main>
      <Notices />
      <div class="unseen" role="status" aria-live="polite">
        {announcement}
      </div>
      {isHelpOpen && <ShortcutHelp onClose={() => setHelpOpen(false)} />}
    </>
  );
}

/** The address is for views: this link moves the focus alone. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function useKeptTasks(info: PageInfo): TaskStore {
  const store = useMemo(() => new TaskStore(tellAloud), [info]);
  useEffect(() => {
    const end = new AbortController();
    if (info.tasks) store.keep(end.signal).catch((error: unknown) => notifyOf('The tasks cannot be read', error));
    return () => end.abort();
  }, [store]);
  return store;
}
