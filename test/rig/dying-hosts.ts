/**
 * Hosts on one data directory, one after the other, each of which dies at a step of its own. Looks after every death whether it found what those before had
 * told, and whether a task has two processes. Collects what is wrong and repairs nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { OpenOptions } from '../../src/index.ts';
import type { DyingHostNews, DyingHostOptions, Told } from '../fixtures/dying-host.ts';
import type { GatedTask } from './gated-task.ts';
import { environments } from './processes.ts';

const DYING_HOST = fileURLToPath(new URL('../fixtures/dying-host.js', import.meta.url));

/** How one host is to live. */
export type Life = Pick<DyingHostOptions, 'dieAtStep' | 'andThen'> & { readonly awaited?: readonly string[] };

/** What one host told before it died. */
export interface LifeTold {
  /** The tasks as it found them; undefined when it died before. */
  readonly opened: readonly Told[] | undefined;
  /** Those it waited for. */
  readonly ended: readonly Told[];
  /** How many steps everything took; undefined when it died before. */
  readonly steps: number | undefined;
}

/** The hosts. */
export class DyingHosts {
  /** What was wrong, each with the number of the life. */
  readonly problems: string[] = [];
  readonly #open: OpenOptions;
  readonly #started: readonly GatedTask[];
  /** Names of the definitions that were told to be persisted. */
  readonly #kept = new Set<string>();
  /** The run of each task that was told to have started. */
  readonly #running = new Map<string, Told>();
  #lives = 0;

  /** @param started the tasks that every host starts where they do not run; each is to be in `open` */
  constructor(open: OpenOptions, started: readonly GatedTask[]) {
    this.#open = open;
    this.#started = started;
  }

  /** How many definitions were persisted. */
  get keptCount(): number {
    return this.#kept.size;
  }

  /** Lets one host live and die. */
  async live({ awaited = [], ...life }: Life): Promise<LifeTold> {
    this.#lives += 1;
    const kept = `kept-${this.#lives}`;
    const options: DyingHostOptions = { ...life, awaited, open: this.#open, started: this.#started.map(({ name }) => name), kept };
    const child = spawn(process.execPath, [DYING_HOST, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    if (signal !== 'SIGKILL') this.#note(`the host ended with ${String(code ?? signal)}: ${stderr}`);
    for (const name of awaited) this.#running.delete(name);
    return this.#take(stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as DyingHostNews])));
  }

  #take(news: readonly DyingHostNews[]): LifeTold {
    const told = { ended: [] as Told[], opened: undefined as readonly Told[] | undefined, steps: undefined as number | undefined };
    for (const one of news) {
      if ('opened' in one) told.opened = one.opened;
      if ('ended' in one) told.ended.push(one.ended);
      if ('steps' in one) told.steps = one.steps;
      if ('opened' in one) this.#compare(one.opened);
      if ('started' in one) this.#begin(one.started);
      if ('kept' in one) this.#kept.add(one.kept);
      if ('ran' in one && one.ran !== 7) this.#note(`the short task ended with ${one.ran}`);
    }
    this.#countProcesses();
    return told;
  }

  /** What a host finds is what was told. */
  #compare(opened: readonly Told[]): void {
    for (const before of this.#running.values())
      this.#compareRun(
        before,
        opened.find(({ name }) => name === before.name),
      );
    for (const name of this.#kept) {
      if (!opened.some((task) => task.name === name)) this.#note(`the definition ${name} is lost`);
    }
  }

  #begin(task: Told): void {
    const before = this.#running.get(task.name);
    if (before === undefined) this.#running.set(task.name, task);
    else this.#compareRun(before, task);
  }

  #compareRun(before: Told, now: Told | undefined): void {
    if (JSON.stringify(now) !== JSON.stringify(before)) this.#note(`${JSON.stringify(before)} became ${JSON.stringify(now ?? null)}`);
  }

  /** No task ever has two. */
  #countProcesses(): void {
    for (const { name, mark } of this.#started) {
      const count = environments().filter((variables) => variables.includes(mark)).length;
      if (count > 1 || (count === 0 && this.#running.has(name))) this.#note(`${name} has ${count} processes`);
    }
  }

  #note(problem: string): void {
    this.problems.push(`life ${this.#lives}: ${problem}`);
  }
}
