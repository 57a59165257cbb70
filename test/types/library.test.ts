/** What the compiler knows of the library, asked in types: this file compiles, or a promise is broken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  TaskRunner,
  type OpenOptions,
  type OutputRecord,
  type RunnerEvent,
  type TaskDefinition,
  type TaskInfo,
  type TaskStatus,
} from '../../src/index.ts';
import { tempDir } from '../rig/project.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles for `true` alone. */
const holds = <_T extends true>(): void => undefined;
type Takes<F, Args extends readonly unknown[]> = F extends (...args: infer P) => unknown ? (Args extends P ? true : false) : false;
type NameOf<R> = R extends TaskRunner<infer Name> ? Name : never;

const openTyped = (dataDir: string) =>
  TaskRunner.open({ dataDir, tasks: { web: { command: 'sleep', args: ['1000'] }, job: { command: 'true' } } });
const openPlain = (dataDir: string) => TaskRunner.open({ dataDir });
const openWith = (options: OpenOptions) => TaskRunner.open(options);

const openSeveral = (dataDir: string) =>
  TaskRunner.open({ dataDir, tasks: { web: { command: 'true' }, worker: { command: 'true', instances: 4 } } });

type Typed = Awaited<ReturnType<typeof openTyped>>;

holds<Equal<NameOf<Typed>, 'web' | 'job'>>();
holds<Equal<NameOf<Awaited<ReturnType<typeof openPlain>>>, string>>();
holds<Equal<NameOf<Awaited<ReturnType<typeof openWith>>>, string>>();

holds<Equal<NameOf<Awaited<ReturnType<typeof openSeveral>>>, 'web' | 'worker' | `worker-${number}`>>();

holds<Takes<Typed['start'], ['web']>>();
holds<Equal<Takes<Typed['start'], ['wbe']>, false>>();
holds<Equal<Parameters<Typed['getTask']>[0], 'web' | 'job'>>();
holds<Takes<Typed['follow'], [readonly ['web', 'job'], { kind: 'stdout' }]>>();
holds<Takes<Typed['follow'], ['*']>>();
holds<Equal<Takes<Typed['follow'], [['web', 'nope']]>, false>>();
holds<Equal<Takes<Typed['waitFor'], ['web', 'healthy']>, false>>();
holds<Equal<Takes<Typed['signal'], ['web', 'SIGNOPE']>, false>>();
holds<Takes<Typed['close'], [{ tasks: 'keep' }]>>();
holds<Equal<Takes<Typed['close'], [{ tasks: 'leave' }]>, false>>();

// Only the name and the command are required.
holds<{ name: string; command: string } extends TaskDefinition ? true : false>();
holds<Equal<{ name: string } extends TaskDefinition ? true : false, false>>();

// A status and an output record are unions that narrow.
holds<Equal<Extract<TaskStatus, { state: 'finished' }>['exitCode'], number>>();
holds<Equal<Extract<TaskStatus, { state: 'running' }>['pid'], number | null>>();
holds<Equal<TaskStatus['state'], 'stopped' | 'running' | 'finished' | 'failed'>>();
holds<Equal<Extract<OutputRecord, { text: string }>['stream'], 'stdout' | 'stderr'>>();
holds<Equal<Extract<RunnerEvent, { type: 'task.changed' }>['info'], TaskInfo>>();
// The environment is shown by its names.
holds<Equal<TaskInfo['definition']['env'], readonly string[]>>();

declare const typed: Typed;
const readAsText = () => typed.readOutput('web', 'stdout', { tailLines: 5 });
const readAsBytes = () => typed.readOutput('web', 'stdout', { encoding: 'buffer' });
holds<Equal<Awaited<ReturnType<typeof readAsText>>, string>>();
holds<Equal<Awaited<ReturnType<typeof readAsBytes>>, Buffer>>();

test('a runner opened with tasks knows their names, and is used like any other', async (t) => {
  const runner = await openTyped(tempDir(t));
  try {
    const names: ('web' | 'job')[] = ['web', 'job'];
    assert.deepEqual(
      names.map((name) => runner.getTask(name).status.state),
      ['stopped', 'stopped'],
    );
  } finally {
    await runner.close();
  }
});
