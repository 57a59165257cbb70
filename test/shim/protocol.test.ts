/** What a shim answers to whoever connects, over a real socket to a real shim. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunRecord } from '../../src/model/run-record.ts';
import { PROTOCOL_VERSION } from '../../src/shim/protocol.ts';
import { createWitness } from '../rig/project.ts';
import { descriptorsOf, setLimit, shimGone } from '../rig/processes.ts';
import { runEntry, spawnMessage, startShim } from '../rig/shim.ts';

test('the shim speaks first: ready, with the version of the protocol and its pid', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect({ hello: false });
  assert.deepEqual(await link.next('ready'), { type: 'ready', protocol: PROTOCOL_VERSION, pid: shim.pid });
});

const FAULTS: Readonly<Record<string, { readonly text: string; readonly says: RegExp }>> = {
  'a line that is no JSON': { text: 'GET / HTTP/1.1\n', says: /not a message: GET/ },
  'a JSON value that is no object': { text: '42\n', says: /not a message/ },
  'an object without a type': { text: '{"run":"1"}\n', says: /not a message/ },
  'a message of an unknown type': { text: '{"type":"dance"}\n', says: /unknown message "dance"/ },
};

for (const [what, { text, says }] of Object.entries(FAULTS)) {
  test(`${what} is a fault that ends the connection, what comes behind it is not done, and the shim ends`, async (t) => {
    const shim = await startShim(t);
    const link = await shim.connect();
    link.write(`${text}${JSON.stringify(spawnMessage('behind', ':'))}\n`);
    await assert.rejects(link.next('spawned'), says);
    await link.ended;
    await shimGone(shim.dataDir);
    assert.equal(existsSync(join(shim.dataDir, 'tasks', 'behind')), false);
  });
}

test('another version of the protocol is refused with both versions, and what comes behind it is not done', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect({ hello: false });
  await link.next('ready');
  link.say({ type: 'hello', protocol: 999, pid: process.pid }, spawnMessage('behind', ':'));
  await assert.rejects(link.next('spawned'), new RegExp(`version ${PROTOCOL_VERSION}, the control plane version 999`));
  await link.ended;
  await shimGone(shim.dataDir);
  assert.equal(existsSync(join(shim.dataDir, 'tasks', 'behind')), false);
});

test('a second connection is refused as busy, and the first goes on', async (t) => {
  const shim = await startShim(t);
  const first = await shim.connect();
  const second = await shim.connect({ hello: false });
  await assert.rejects(second.next('ready'), /refused: another control plane is connected/);
  await second.ended;
  first.say(spawnMessage('task', 'exit 3'));
  assert.equal((await first.next('exited')).exitCode, 3);
});

test('one run from spawn to settle: each step is reported, and the verdict is in run.json', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect();
  link.say(spawnMessage('task', 'echo said; exit 3'));
  const { pid, startTime } = await link.next('spawned');
  const { at, ...exited } = await link.next('exited');
  assert.deepEqual(exited, { type: 'exited', run: 'task', exitCode: 3, signal: null, survivors: false });
  link.say({ type: 'drain', run: 'task', idleMs: 60_000 });
  await link.next('drained');
  const status = { state: 'finished', phase: 'settled', exitCode: 3 } as const;
  link.say(
    { type: 'settle', run: 'task', entry: runEntry('task', status) },
    { type: 'call', id: 7, call: { method: 'memory', task: 'task', kind: 'stdout' } },
  );
  const reply = await link.next('reply');
  assert.deepEqual(reply, { type: 'reply', id: 7, result: { offset: 0, base64: Buffer.from('said\n').toString('base64') } });
  const record = RunRecord.parse(JSON.parse(readFileSync(join(shim.dataDir, 'tasks', 'task', 'run.json'), 'utf8')));
  assert.deepEqual([record.pid, record.startTime, record.status, record.outputComplete], [pid, startTime, status, true]);
  assert.equal(record.exit?.at, new Date(at).toISOString());
});

for (const [what, definition] of [
  ['short', {}],
  ['longer than a page', { title: 'x'.repeat(5_000) }],
] as const) {
  test(`each step of a run whose definition is ${what} is in run.json, also when the file was removed meanwhile`, async (t) => {
    const witness = createWitness(t);
    const shim = await startShim(t);
    const link = await shim.connect();
    const path = join(shim.dataDir, 'tasks', 'task', 'run.json');
    const read = (): RunRecord => RunRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
    link.say({ ...spawnMessage('task', `exec 9>"${witness.path}"; exec sleep 1000`), definition });
    const { pid } = await link.next('spawned');
    assert.deepEqual([read().pid, read().exit, read().definition], [pid, null, definition]);
    rmSync(path);
    link.say({ type: 'signal', run: 'task', signal: 'SIGTERM', to: 'group' });
    await link.next('exited');
    assert.deepEqual([read().pid, read().exit?.signal], [pid, 'SIGTERM']);
    const error = { reason: 'internal', message: 'é'.repeat(600) } as const;
    const status = { state: 'failed', phase: 'settled', error } as const;
    link.say(
      { type: 'settle', run: 'task', entry: runEntry('task', status) },
      { type: 'call', id: 1, call: { method: 'counters', task: 'task' } },
    );
    await link.next('reply');
    assert.deepEqual(read().status, status);
  });
}

test('the record of a run is written over that of the run before, in the same file', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect();
  const path = join(shim.dataDir, 'tasks', 'task', 'run.json');
  const runs: { readonly inode: number; readonly record: RunRecord }[] = [];
  for (const run of ['first', 'second']) {
    link.say({ ...spawnMessage(run, 'exit 3'), task: 'task', definition: { title: run === 'first' ? 'x'.repeat(500) : 'short' } });
    await link.next('exited');
    runs.push({ inode: statSync(path).ino, record: RunRecord.parse(JSON.parse(readFileSync(path, 'utf8'))) });
    const entry = runEntry(run, { state: 'finished', phase: 'settled', exitCode: 3 });
    link.say({ type: 'settle', run, entry }, { type: 'call', id: 1, call: { method: 'counters', task: 'task' } });
    await link.next('reply');
  }
  assert.deepEqual(
    runs.map(({ record }) => [record.runId, record.exit?.exitCode, record.definition]),
    [
      ['first', 3, { title: 'x'.repeat(500) }],
      ['second', 3, { title: 'short' }],
    ],
  );
  assert.equal(runs[0]?.inode, runs[1]?.inode);
});

test('the intent names the pipes of the run, and a start that cannot write it gives everything back', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect();
  mkdirSync(join(shim.dataDir, 'tasks'), { mode: 0o700 });
  const dir = join(shim.dataDir, 'tasks', 'task');
  mkdirSync(join(dir, 'run.json'), { recursive: true, mode: 0o700 });
  const counts: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const run = `refused-${i}`;
    link.say({ ...spawnMessage(run, ':'), task: 'task', output: { ...spawnMessage(run, ':').output, dir } });
    assert.equal((await link.next('spawnFailed')).failure.subject, 'output');
    counts.push(descriptorsOf(shim.pid));
  }
  assert.equal(counts.at(-1), counts[0]);
  rmdirSync(join(dir, 'run.json'));
  link.say({ ...spawnMessage('taken', 'exit 3'), task: 'task' });
  assert.equal((await link.next('exited')).exitCode, 3);
  const { pipes } = RunRecord.parse(JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')));
  assert.equal(new Set(pipes).size, 2);
});

test('a run that inherits gets the environment told last, under its own variables; one that does not gets its own alone', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect();
  const outputOf = async (run: string, inherits: boolean): Promise<string> => {
    link.say({ ...spawnMessage(run, 'echo "$A $B $C"'), inherits, env: { B: 'own' } });
    await link.next('exited');
    link.say({ type: 'drain', run, idleMs: 60_000 });
    await link.next('drained');
    link.say({ type: 'call', id: 1, call: { method: 'memory', task: run, kind: 'stdout' } });
    const { result } = await link.next('reply');
    return Buffer.from((result as { base64: string }).base64, 'base64').toString();
  };
  const variables = { PATH: process.env['PATH'] ?? '', A: 'first', B: 'inherited' };
  link.say({ type: 'environment', variables: { ...variables, C: 'gone' } }, { type: 'environment', variables });
  assert.equal(await outputOf('heir', true), 'first own \n');
  assert.equal(await outputOf('orphan', false), ' own \n');
});

test('a signal that comes before there is a process reaches it', async (t) => {
  const link = await (await startShim(t)).connect();
  link.say(spawnMessage('task', 'exec sleep 1000'), { type: 'signal', run: 'task', signal: 'SIGTERM', to: 'process' });
  assert.equal((await link.next('exited')).signal, 'SIGTERM');
});

test('messages about a run that is over, or never was, are no fault', async (t) => {
  const link = await (await startShim(t)).connect();
  link.say(spawnMessage('task', ':'));
  await link.next('exited');
  link.say(
    { type: 'signal', run: 'task', signal: 'SIGKILL', to: 'group' },
    { type: 'signal', run: 'never', signal: 'SIGKILL', to: 'group' },
  );
  link.say(
    { type: 'settle', run: 'task', entry: runEntry('task', { state: 'stopped', phase: 'idle' }) },
    { type: 'sweep', run: 'task', idleMs: 0 },
  );
  link.say(spawnMessage('other', ':'));
  assert.equal((await link.next('exited')).run, 'other');
});

test('a signal ends the wait for room, so that a stop does not wait for it', async (t) => {
  const shim = await startShim(t);
  const link = await shim.connect();
  await setLimit(shim.pid, 'nofile', descriptorsOf(shim.pid) - 3);
  link.say(spawnMessage('task', ':'), { type: 'signal', run: 'task', signal: 'SIGTERM', to: 'group' });
  const { failure } = await link.next('spawnFailed');
  assert.deepEqual([failure.code, failure.subject], ['EMFILE', 'limits']);
});

test('the end of the connection takes every task down, and leave ends the shim', async (t) => {
  const witness = createWitness(t);
  const shim = await startShim(t);
  const link = await shim.connect();
  link.say(spawnMessage('task', `exec 9>"${witness.path}"; exec sleep 1000`));
  await link.next('spawned');
  link.say({ type: 'leave' });
  await Promise.all([link.ended, witness.gone, shimGone(shim.dataDir)]);
});
