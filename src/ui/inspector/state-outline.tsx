/** A machine's states as a list, for one that has no drawing: what is inside what, and which are active. Asks for nothing. */
import type { ActorState } from '../../trace/fold.ts';
import type { GraphNode, MachineGraph } from '../../trace/graph.ts';
import { activeStates } from '../../trace/state-value.ts';
import { toVisible } from '../../trace/visible.ts';

/** The list. `note` says why there is no drawing. */
export function StateOutline({ graph, actor, note }: { graph: MachineGraph; actor: ActorState; note: string }) {
  const active = activeStates(graph.root, actor.v);
  return (
    <div class="insp-scroll insp-outline" tabIndex={0} role="group" aria-label="States">
      <p class="hint" role="status">
        {toVisible(note)}
      </p>
      <ul>
        <State node={graph.root} active={active} />
      </ul>
    </div>
  );
}

function State({ node, active }: { node: GraphNode; active: ReadonlySet<string> }) {
  const isActive = active.has(node.id);
  return (
    <li>
      <span class={isActive ? 'insp-outline-active' : undefined} data-state={node.id}>
        {toVisible(node.key)}
        {isActive && <span class="unseen"> (active)</span>}
      </span>
      {node.children.length > 0 && (
        <ul>
          {node.children.map((child) => (
            <State key={child.id} node={child} active={active} />
          ))}
        </ul>
      )}
    </li>
  );
}
