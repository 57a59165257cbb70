/** What the chosen actor is and knows at the moment, with marks for what its last event changed. */
import { useMemo } from 'preact/hooks';
import { isBranch, toChanges, type Branch } from '../../trace/changes.ts';
import type { ActorState } from '../../trace/fold.ts';
import { toVisible } from '../../trace/visible.ts';
import { toName } from '../../trace/words.ts';
import type { Inspection } from './inspection.ts';
import { ValueTree } from './value-tree.tsx';

const NOTHING: Branch = {};

/** The pane. */
export function ContextPane({ inspection }: { inspection: Inspection }) {
  const actor = inspection.chosen.value;
  if (actor === undefined) return null;
  return (
    <section class="insp-context insp-pane" aria-label="Actor">
      <header class="insp-bar">
        <h2>{toVisible(toName(actor.s, inspection.everybody.value))}</h2>
        <span class={`insp-badge insp-${actor.st}`}>{actor.st}</span>
      </header>
      <div class="insp-scroll" tabIndex={0} role="group" aria-label="Actor in detail">
        <Facts actor={actor} inspection={inspection} />
        {actor.err !== undefined && (
          <p class="insp-error">
            <strong>{toVisible(actor.err.name)}</strong> {toVisible(actor.err.message)}
          </p>
        )}
        {actor.last !== undefined && <Values title={`Last event`} value={actor.last.e} before={actor.last.e} />}
        {actor.out !== undefined && <Values title="Output" value={asBranch(actor.out)} before={asBranch(actor.out)} />}
        {actor.c !== undefined && <Values title="Context" value={actor.c} before={contextBefore(actor, inspection)} />}
      </div>
    </section>
  );
}

function Facts({ actor, inspection }: { actor: ActorState; inspection: Inspection }) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Machine', actor.m],
    ['Logic', actor.src],
    ['In the system', actor.sys],
    ['Parent', actor.p === undefined ? undefined : toName(actor.p, inspection.everybody.value)],
    ['Session', actor.s],
  ];
  return (
    <dl class="insp-facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{toVisible(value)}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Values({ title, value, before }: { title: string; value: Branch; before: Branch }) {
  const changes = useMemo(() => toChanges(before, value), [before, value]);
  const count = Object.keys(value).filter((key) => changes.has(`/${key}`)).length;
  return (
    <section class="insp-part">
      <h3>
        {title}
        {count > 0 && <span class="hint"> · {count} changed</span>}
      </h3>
      {Object.keys(value).length === 0 ? <p class="hint">Empty.</p> : <ValueTree value={value} before={before} changes={changes} />}
    </section>
  );
}

const asBranch = (value: unknown): Branch => (isBranch(value) ? value : { value });

/** What it knew before its last event; the same as now where that is not held any more. */
function contextBefore({ s, c = NOTHING, last }: ActorState, inspection: Inspection): Branch {
  const lines = inspection.timeline.value?.lines;
  if (last === undefined || lines === undefined || last.n <= lines.hello.n) return c;
  return lines.actorsAt(last.n - 1).get(s)?.c ?? c;
}
