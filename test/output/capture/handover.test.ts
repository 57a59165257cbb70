/** A fault of ours at every point where one can come in between, and the worker after it: what reaches the logs is what would have without. */
import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { AttachRequest } from '../../../src/output/capture/api.ts';
import { CaptureSession } from '../../../src/output/capture/capture-session.ts';
import type { Clock } from '../../../src/output/capture/clock.ts';
import type { Handover } from '../../../src/output/capture/handover.ts';
import { loadPatterns } from '../../../src/output/capture/line-pattern.ts';
import { TaskLedger } from '../../../src/output/capture/task-ledger.ts';
import { OUTPUT_KINDS, logName, rotatedIndexes, type LogKind } from '../../../src/output/layout.ts';
import { FakeClock, Notices, Pipes, requestFor, scratchDir, turn } from './rig.ts';

/** A clock that fails when it is asked for the nth time, and tells of what is thrown in what it calls. */
class FaultyClock implements Clock {
  readonly boot = 'boot';
  readonly #clock: FakeClock;
  /** Asked so often without a fault; Infinity: always. */
  faultAt = Infinity;
  calls = 0;
  /** Its thread would be gone: nothing is called any more. */
  isDead = false;
  onThrown: (error: unknown) => void = () => undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#asked(() => this.#clock.nowMs());
  }

  sinceBootMs(): number {
    return this.#asked(() => this.#clock.sinceBootMs());
  }

  wallMs(): number {
    return this.#asked(() => this.#clock.wallMs());
  }

  startTimer(delayMs: number, run: () => void): unknown {
    return this.#asked(() => this.#clock.startTimer(delayMs, () => this.#guarded(run)));
  }

  stopTimer(timer: unknown): void {
    this.#asked(() => this.#clock.stopTimer(timer));
  }

  afterPoll(run: () => void): void {
    this.#asked(() => this.#clock.afterPoll(() => this.#guarded(run)));
  }

  #asked<T>(answer: () => T): T {
    this.calls += 1;
    if (this.calls === this.faultAt) throw new Error('a fault of ours');
    return answer();
  }

  #guarded(run: () => void): void {
    if (this.isDead) return;
    try {
      run();
    } catch (error) {
      this.onThrown(error);
    }
  }
}

/** A session that may have a fault. */
class Worker {
  readonly session: CaptureSession;
  readonly notices: Notices;
  readonly clock: FaultyClock;
  /** What it left; undefined while it lives. */
  left: Handover | null | undefined;

  constructor(clock: FakeClock, notices: Notices) {
    this.clock = new FaultyClock(clock);
    this.notices = notices;
    const onFault = (_: unknown, handover: Handover | null): void => {
      this.left = structuredClone(handover);
      this.clock.faultAt = Infinity;
      this.clock.isDead = true;
    };
    this.session = new CaptureSession({ notices, onFault, clock: this.clock });
    this.clock.onThrown = (error) => this.session.fault(error);
  }
}

/** A stream that waits for the other's line is not read, so nothing is said on it until that line is over. */
const SAID: readonly (readonly ['stdout' | 'stderr', string])[] = [
  ['stdout', 'one\ntwo'],
  ['stderr', 'first\nsec'],
  ['stdout', ' and a half\nthree\n'],
  ['stderr', 'ond\n'],
  ['stdout', `${'long line\n'.repeat(30)}open`],
  ['stderr', `${'x'.repeat(300)}\nlistening on`],
  ['stdout', ' no more\n'],
  ['stderr', ' port 80\n'],
  ['stderr', 'listening on port 81\nlast words'],
  ['stdout', 'last'],
];

interface Outcome {
  readonly logs: Record<LogKind, string>;
  readonly counters: ReturnType<CaptureSession['counters']>;
  readonly written: unknown;
  readonly matches: readonly string[];
  readonly calls: number;
  readonly faults: number;
}

const wholeLog = (dir: string, kind: LogKind): string =>
  [...rotatedIndexes(readdirSync(dir), kind).reverse(), 0].map((index) => readFileSync(join(dir, logName(kind, index)), 'utf8')).join('');

/** One task whose first worker has a fault at the nth question for the time since it began to read, and its second at the mth. */
class Story {
  readonly #dir: string;
  readonly #clock = new FakeClock();
  readonly #notices = new Notices();
  readonly #ledger = new TaskLedger();
  readonly #pipes: Pipes;
  /** Read ends that stay open whatever a session does. */
  readonly #held: { readonly stdout: number; readonly stderr: number };
  readonly #workers: Worker[] = [];
  readonly #request: AttachRequest;
  readonly #faultsAt: readonly number[];

  constructor(t: Pick<TestContext, 'after'>, changes: Partial<AttachRequest>, faultsAt: readonly number[]) {
    const root = scratchDir(t);
    this.#dir = join(root, 'web');
    this.#pipes = new Pipes(root, 'run');
    this.#held = { stdout: reopened(this.#pipes.stdout.readFd), stderr: reopened(this.#pipes.stderr.readFd) };
    const watches = [{ id: 'up', pattern: 'listening on port \\d+', armed: true }];
    const limits = { maxSizeBytes: 128, keep: 100, watches, ledger: this.#ledger.shared };
    this.#request = { ...requestFor(this.#dir, this.#pipes), ...limits, ...changes };
    this.#faultsAt = faultsAt;
  }

  async tell(): Promise<Outcome> {
    this.#begin(null, {});
    for (const [kind, text] of SAID) {
      this.#pipes[kind].write(text);
      await this.#read();
      this.#clock.advance(60);
      this.#goOnAfterFault();
    }
    this.#pipes.end();
    while (!this.#notices.endedRuns.includes('run')) {
      await turn();
      this.#goOnAfterFault();
    }
    const { session, clock } = this.#present;
    const outcome = {
      logs: Object.fromEntries(OUTPUT_KINDS.map((kind) => [kind, this.#logOf(kind)])) as Record<LogKind, string>,
      counters: session.counters('web'),
      written: session.written('web', 'run'),
      matches: this.#notices.matches,
      calls: clock.calls,
      faults: this.#workers.length - 1,
    };
    for (const worker of this.#workers) worker.session.forget('web');
    for (const fd of Object.values(this.#held)) closeSync(fd);
    await turn();
    return outcome;
  }

  get #present(): Worker {
    const worker = this.#workers.at(-1);
    assert.ok(worker);
    return worker;
  }

  #logOf(kind: LogKind): string {
    if (this.#request.dir !== null) return wholeLog(this.#dir, kind);
    return Buffer.from(this.#present.session.memory('web', kind).bytes).toString();
  }

  #begin(left: Handover | null, changes: Partial<AttachRequest>): void {
    const worker = new Worker(this.#clock, this.#notices);
    this.#workers.push(worker);
    worker.session.takeOver([['web', this.#ledger.shared]], left);
    const faultAt = this.#faultsAt[this.#workers.length - 1] ?? Infinity;
    worker.session.attach({ ...this.#request, ...changes });
    worker.clock.calls = 0;
    worker.clock.faultAt = faultAt;
  }

  /** Every byte is read; or nobody reads. */
  async #read(): Promise<void> {
    const isRead = (): boolean => {
      const { stdout, stderr } = this.#present.session.counters('web');
      return stdout.read + stderr.read === this.#said;
    };
    for (let turns = 0; turns < 3 || !isRead(); turns += 1) {
      await turn();
      this.#goOnAfterFault();
    }
  }

  get #said(): number {
    return this.#pipes.stdout.writtenBytes + this.#pipes.stderr.writtenBytes;
  }

  #goOnAfterFault(): void {
    const { left } = this.#present;
    if (left === undefined) return;
    assert.ok(left, 'a fault leaves a handover');
    const armed = this.#notices.matches.length === 0;
    const watches = this.#request.watches?.map((watch) => ({ ...watch, armed })) ?? [];
    const readEnds = { stdoutFd: reopened(this.#held.stdout), stderrFd: reopened(this.#held.stderr) };
    this.#begin(left, { ...readEnds, watches, rotate: false, began: {} });
  }
}

/** Another read end of the same pipe, which tells its end whenever that came. */
function reopened(fd: number): number {
  const path = `/proc/self/fd/${fd}`;
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  return readFd;
}

const comparable = ({ logs, counters, written, matches }: Outcome): unknown => ({ logs, counters, written, matches });

for (const [where, changes] of [
  ['on disk', {}],
  ['in memory', { dir: null }],
] as const) {
  test(`case 29: a fault of ours at each point of a run costs no byte ${where}, and the next worker writes what the first would have`, async (t) => {
    await loadPatterns();
    const sound = await new Story(t, changes, []).tell();
    assert.equal(sound.logs.stdout, SAID.flatMap(([kind, text]) => (kind === 'stdout' ? [text] : [])).join(''));
    assert.deepEqual(sound.matches, ['run up']);
    let faults = 0;
    for (let at = 1; at <= sound.calls; at += 1) {
      const outcome = await new Story(t, changes, [at]).tell();
      faults += outcome.faults;
      assert.deepEqual(comparable(outcome), comparable(sound), `with a fault at question ${at} for the time`);
    }
    // The others were taken for the disk's, where a rotation or the index is tried again.
    assert.ok(faults > sound.calls / 2, `${faults} faults at ${sound.calls} questions`);
  });
}

test('case 29: a second fault, in the worker that took over, costs no byte either', async (t) => {
  await loadPatterns();
  const sound = await new Story(t, {}, []).tell();
  for (let at = 1; at <= 60; at += 1) {
    const outcome = await new Story(t, {}, [at * 3, at]).tell();
    assert.deepEqual(comparable(outcome), comparable(sound), `with faults at questions ${at * 3} and ${at} for the time`);
  }
});
