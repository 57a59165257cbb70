/** The head of the page: what is looked at, the views, the connection, the theme. */
import type { PageInfo } from '../../trace/page-info.ts';
import { ConnectionState } from './connection-state.tsx';
import { hrefTo } from './route.ts';
import { changeTheme, theme } from './theme.ts';

const SIGNS = { auto: '◐', light: '☀', dark: '☾' } as const;

/** The head. */
export function Navigation({ info, view, onHelp }: { info: PageInfo; view: string; onHelp: () => void }) {
  const views = info.tasks
    ? [
        ['tasks', 'Tasks'],
        ['configuration', 'Configuration'],
        ['inspector', 'Inspector'],
      ]
    : [['inspector', 'Inspector']];
  return (
    <header class="head">
      <h1>
        {info.title} <span class="version">{info.version}</span>
      </h1>
      <nav aria-label="Views">
        {views.map(([key = '', name]) => (
          <a key={key} href={hrefTo(key)} aria-current={view === key ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <ConnectionState />
      <button
        type="button"
        class="quiet"
        aria-label={`Theme: ${theme.value}. Change it`}
        title={`Theme: ${theme.value}`}
        onClick={changeTheme}
      >
        {SIGNS[theme.value]}
      </button>
      <button type="button" class="quiet" aria-label="Keys" title="Keys (?)" onClick={onHelp}>
        ?
      </button>
    </header>
  );
}
