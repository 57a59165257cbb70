/**
 * Which processes belong to whom. The tree of a run is its process group ∪ its session ∪ the descendants of all of these
 * ∪ everyone who carries the run's variable ∪ everyone who was ever found in it. Pure: looks at a table, signals nothing.
 */
import { isSafePid, type ProcessIdentity } from './process-identity.ts';
import type { ProcessStat } from './process-stat.ts';
import type { ProcessTable } from './process-table.ts';

/** What is known of one tree before a look. */
export interface Claim {
  /** Value of the run's variable. */
  readonly run: string;
  /** The process that led group and session, whose number is its pid; undefined: it never became known. */
  readonly leader: ProcessIdentity | undefined;
  /** Whether that number may still mean this group and session; once none had it, it may have been given to others. */
  readonly holdsNumber: boolean;
  /** Start times by pid of those who were found in the tree before. */
  readonly known: ReadonlyMap<number, string>;
}

/** Who belongs to a tree now. */
export interface Holding {
  /** Those who live; zombies do not. */
  readonly members: ProcessStat[];
  /** Whether the number of group and session still is this tree's. */
  holdsNumber: boolean;
}

/** Finds everyone who belongs to a claim. A process belongs to one tree alone; those in `spared` belong to none. */
export function findOwners(table: ProcessTable, claims: Iterable<Claim>, spared: ReadonlySet<number>): Map<string, Holding> {
  const holdings = new Map<string, Holding>();
  const byNumber = new Map<number, string>();
  const byMember = new Map<string, string>();
  const begins = new Map<string, number>();
  for (const { run, leader, holdsNumber, known } of claims) {
    holdings.set(run, { members: [], holdsNumber: false });
    begins.set(run, Number(leader?.startTime ?? 0));
    // 0 is the number of the kernel's threads and of all that comes from outside a container, 1 that of init's.
    if (leader !== undefined && isSafePid(leader.pid) && holdsNumber && !isReused(table, leader)) byNumber.set(leader.pid, run);
    for (const [pid, startTime] of known) byMember.set(`${pid}/${startTime}`, run);
  }
  const decided = new Map<number, string | undefined>();
  const ownFacts = ({ pid, startTime, group, session }: ProcessStat): string | undefined =>
    byMember.get(`${pid}/${startTime}`) ?? byNumber.get(group) ?? byNumber.get(session);
  const ownerOf = (process: ProcessStat): string | undefined => {
    // Up to the first ancestor of whom it is known, and down again; no recursion, since a chain can be long.
    const chain: ProcessStat[] = [];
    let owner: string | undefined;
    for (let at: ProcessStat | undefined = process; at !== undefined; at = table.processes.get(at.parent)) {
      if (decided.has(at.pid)) {
        owner = decided.get(at.pid);
        break;
      }
      decided.set(at.pid, undefined); // a table is no single moment: what looks like a circle ends here
      if (isSpared(at, spared)) break;
      chain.push(at);
      owner = ownFacts(at);
      if (owner !== undefined) break;
    }
    for (const one of chain.reverse()) {
      const run = owner ?? table.runOf(one);
      // Nobody is older than the leader all of them descend from.
      owner = run !== undefined && Number(one.startTime) >= (begins.get(run) ?? Infinity) ? run : undefined;
      decided.set(one.pid, owner);
    }
    return decided.get(process.pid);
  };
  for (const process of table.processes.values()) {
    for (const number of [process.group, process.session]) {
      const holding = holdings.get(byNumber.get(number) ?? '');
      if (holding !== undefined) holding.holdsNumber = true; // zombies hold it too
    }
    const owner = ownerOf(process);
    if (owner !== undefined && !process.isDead) holdings.get(owner)?.members.push(process);
  }
  return holdings;
}

/** What has no session is a thread of the kernel, or from outside our container: a tree begins with a session of its own. */
const isSpared = ({ pid, session }: ProcessStat, spared: ReadonlySet<number>): boolean =>
  !isSafePid(pid) || session === 0 || spared.has(pid);

const isReused = ({ processes }: ProcessTable, { pid, startTime }: ProcessIdentity): boolean =>
  (processes.get(pid)?.startTime ?? startTime) !== startTime;
