/** What whoever runs tasks does with them, each a story of its own. Nothing here knows by which way. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RunnerEvent, TaskCondition } from '../../../src/index.ts';
import { createFeed, createGate, createWitness, sh } from '../../rig/project.ts';
import { daemon, polite, trapper } from '../../rig/puppets.ts';
import { Refusal, type Hands, type Shown } from './way.ts';

/** A story. Its tasks have names that no other one has. */
export type Scenario = (hands: Hands, t: TestContext) => Promise<void>;

const pidOf = ({ status }: Shown): number | null => (status.state === 'running' ? status.pid : null);
const phaseOf = ({ status }: Shown): string => `${status.state}/${status.phase}`;

async function refused(call: Promise<unknown>, exitCode: number, message: RegExp): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.deepEqual([error.exitCode, message.test(error.message)], [exitCode, true], error.message);
    return true;
  });
}

/** Resolves when a task has said so many lines. */
async function said(hands: Hands, name: string, count: number): Promise<string[]> {
  const lines = hands.follow(name);
  const taken = await lines.take(count);
  await lines.end();
  return taken;
}

/** By their titles. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a task is defined, listed and looked at; a bad definition is refused with every problem': async (hands) => {
    const defined = await hands.define('plain', { ...daemon(), title: 'Plain', env: { SECRET: 'do-not-tell' } });
    assert.deepEqual([phaseOf(defined), defined.definition.title, defined.definition.env], ['stopped/idle', 'Plain', ['SECRET']]);
    assert.deepEqual(await hands.look('plain'), defined);
    const listed = await hands.list();
    assert.deepEqual(
      listed.find(({ definition }) => definition.name === 'plain'),
      defined,
    );
    assert.ok(!JSON.stringify(listed).includes('do-not-tell'));
    await refused(hands.look('plane'), 4, /plane/);
    await refused(
      hands.define('bad', { ...daemon(), restart: 'sometimes' as 'never', stopTimeout: 'soon' }),
      78,
      /restart(?:.|\n)*(?:stopTimeout|stop_timeout)/,
    );
    await refused(hands.look('bad'), 4, /bad/);
  },

  'a task starts, is ready once its probe passes, and is left alone by another start': async (hands, t) => {
    const gate = createGate(t);
    await hands.define('probed', { ...sh(`read go <"${gate.path}"; echo up; exec sleep 1000`), ready: { log: '^up$' } });
    const started = await hands.start('probed');
    assert.equal(started.status.state, 'running');
    await refused(hands.wait('probed', 'ready', 0), 124, /ready/);
    gate.open();
    const ready = await hands.wait('probed', 'ready');
    assert.equal(phaseOf(ready), 'running/ready');
    const again = await hands.start('probed');
    assert.deepEqual([pidOf(again), again.runId], [pidOf(ready), started.runId]);
  },

  'a start that fails says why, and so does the task': async (hands) => {
    await hands.define('missing', { command: 'no-such-program' });
    await refused(hands.start('missing'), 1, /no-such-program/);
    const { status } = await hands.look('missing');
    assert.ok(status.state === 'failed');
    assert.deepEqual([status.error.reason, status.error.cause], ['spawn', 'ENOENT']);
    await refused(hands.start('nobody'), 4, /nobody/);
  },

  'a stop ends every process of a task': async (hands, t) => {
    const witness = createWitness(t);
    await hands.define('family', sh(`exec 9>"${witness.path}"; sleep 1000 & (sleep 1000 & sleep 1000) & echo up; wait`));
    await hands.start('family');
    await said(hands, 'family', 1);
    assert.equal(phaseOf(await hands.stop('family')), 'stopped/idle');
    await witness.gone;
    assert.equal(phaseOf(await hands.stop('family')), 'stopped/idle');
    await refused(hands.stop('nobody'), 4, /nobody/);
  },

  'a restart makes another process and another run': async (hands) => {
    await hands.define('again', polite());
    const first = await hands.start('again');
    await said(hands, 'again', 1);
    const second = await hands.restart('again');
    assert.equal(second.status.state, 'running');
    assert.notEqual(pidOf(second), pidOf(first));
    assert.notEqual(second.runId, first.runId);
    assert.equal(second.restarts, 0, 'it was asked for');
    await hands.stop('again');
    assert.equal((await hands.restart('again')).status.state, 'running');
  },

  'a signal reaches the task, and is refused where there is none': async (hands) => {
    await hands.define('signalled', trapper(['SIGHUP', 'SIGUSR2'], 'SIGUSR2'));
    await hands.start('signalled');
    const lines = hands.follow('signalled');
    assert.deepEqual(await lines.take(1), ['stdout up']);
    await hands.signal('signalled', 'SIGHUP');
    assert.deepEqual(await lines.take(1), ['stdout got SIGHUP']);
    await hands.signal('signalled', 'SIGUSR2');
    assert.equal((await hands.wait('signalled', 'finished')).status.state, 'finished');
    await lines.end();
    await refused(hands.signal('signalled', 'SIGHUP'), 1, /signalled/);
  },

  'what a task writes is read and followed, by its stream, as it comes': async (hands, t) => {
    const feed = createFeed(t);
    await hands.define('writer', sh(`echo first; echo second >&2; exec cat <"${feed.path}"`));
    await hands.start('writer');
    const lines = hands.follow('writer');
    assert.deepEqual((await lines.take(2)).sort(), ['stderr second', 'stdout first']);
    feed.write(['third', 'Grüße']);
    assert.deepEqual(await lines.take(2), ['stdout third', 'stdout Grüße']);
    await lines.end();
    assert.equal(await hands.output('writer', 'stdout', 2), 'third\nGrüße\n');
    assert.equal(await hands.output('writer', 'stderr', 10), 'second\n');
    await refused(hands.output('nobody', 'stdout', 1), 4, /nobody/);
  },

  'output is searched': async (hands) => {
    await hands.define('numbers', sh('seq 1 200'));
    await hands.start('numbers');
    await hands.wait('numbers', 'finished');
    assert.deepEqual(await hands.search('numbers', '^1?[05]5$'), ['55', '105', '155']);
    await refused(hands.search('numbers', '('), 2, /\(/);
  },

  'a task is run to its end, with more arguments, and its end told': async (hands) => {
    await hands.define('job', { command: 'sh', args: ['-c', 'echo "$0 $@"; exit 3', 'fixed'] });
    assert.deepEqual(await hands.run('job', ['one', 'two  three']), { exitCode: 3, stdout: 'fixed one two  three\n' });
    await hands.define('killed', sh('kill -KILL $$'));
    assert.equal((await hands.run('killed', [])).exitCode, 137);
    await hands.define('busy', daemon());
    await hands.start('busy');
    await refused(hands.run('busy', []), 75, /busy/);
    await refused(hands.run('nobody', []), 4, /nobody/);
  },

  'each condition is waited for, and told as soon as it cannot come true': async (hands) => {
    await hands.define('good', sh('true'));
    await hands.define('poor', sh('exit 3'));
    await hands.define('dead', sh('kill -KILL $$'));
    for (const name of ['good', 'poor', 'dead']) await hands.start(name);
    const outcomes: [string, TaskCondition, 0 | 1][] = [
      ['good', 'running', 0],
      ['good', 'ready', 0],
      ['good', 'finished', 0],
      ['good', 'succeeded', 0],
      ['good', 'failed', 1],
      ['good', 'stopped', 1],
      ['poor', 'finished', 0],
      ['poor', 'succeeded', 1],
      ['dead', 'failed', 0],
      ['dead', 'finished', 1],
    ];
    for (const [name, condition, exitCode] of outcomes) {
      if (exitCode === 0) assert.equal((await hands.wait(name, condition)).definition.name, name);
      else await refused(hands.wait(name, condition), 1, new RegExp(`${name} will not`));
    }
    await hands.define('idle', daemon());
    assert.equal(phaseOf(await hands.wait('idle', 'stopped', 0)), 'stopped/idle');
    await refused(hands.wait('idle', 'running', 1), 124, /idle/);
  },

  'a change waits for the next start of a task that runs': async (hands) => {
    await hands.define('changing', sh('echo "is $WORD"; exec sleep 1000'));
    await hands.start('changing');
    assert.deepEqual(await said(hands, 'changing', 1), ['stdout is ']);
    const changed = await hands.update('changing', { env: { WORD: 'new' }, title: 'Changed' });
    assert.deepEqual([changed.pendingChange, changed.definition.title], [true, 'Changed']);
    const restarted = await hands.restart('changing');
    assert.equal(restarted.pendingChange, false);
    await refused(hands.update('changing', { stopTimeout: 'soon' }), 78, /stop_?[tT]imeout/);
    await hands.stop('changing');
    assert.match(await hands.output('changing', 'stdout', 10), /is new\n$/);
    assert.equal((await hands.update('changing', { title: 'At rest' })).pendingChange, false);
  },

  'a task is forgotten with or without its logs, and not while another one needs it': async (hands) => {
    const dirOf = (name: string): string => join(hands.dataDir, 'tasks', name);
    for (const name of ['kept', 'purged']) {
      await hands.define(name, sh('echo something; exec sleep 1000'));
      await hands.start(name);
      await said(hands, name, 1);
    }
    await hands.define('needy', { ...daemon(), dependsOn: ['kept'] });
    await refused(hands.remove('kept'), 1, /needy/);
    await hands.remove('needy');
    await hands.remove('kept');
    await hands.remove('purged', { purge: true });
    assert.deepEqual([existsSync(dirOf('kept')), existsSync(dirOf('purged'))], [true, false]);
    for (const name of ['kept', 'purged']) await refused(hands.start(name), 4, new RegExp(name));
  },

  'why a task is in its state is told to the cause': async (hands) => {
    await hands.define('base', { ...sh('exec sleep 1000'), ready: { log: 'never' } });
    await hands.define('upper', { ...daemon(), dependsOn: ['base'] });
    await hands.start('base');
    const starting = hands.start('upper').catch((error: unknown) => error);
    while (phaseOf(await hands.look('upper')) === 'stopped/idle') await hands.output('base', 'stdout', 1); // asked for, and not there yet
    const { reasons, text } = await hands.why('upper');
    assert.deepEqual(
      reasons.map(({ task }) => task),
      ['upper', 'base'],
    );
    assert.match(text, /base/);
    await hands.stop('upper');
    assert.ok((await starting) instanceof Refusal, 'its start was cancelled');
    await refused(hands.why('nobody'), 4, /nobody/);
  },

  'what happened to a task is told in its order': async (hands) => {
    await hands.define('told', daemon());
    await hands.start('told');
    await hands.wait('told', 'ready');
    await hands.stop('told');
    await hands.update('told', { title: 'Told' });
    await hands.remove('told');
    const label = (event: RunnerEvent): string => (event.type === 'task.changed' ? `${event.to.state}/${event.to.phase}` : event.type);
    const labels = (await hands.events('told')).map(label);
    assert.deepEqual([labels[0], labels.at(-2), labels.at(-1)], ['task.registered', 'task.updated', 'task.removed']);
    const steps = ['running/starting', 'running/ready', 'running/stopping', 'stopped/idle'];
    assert.deepEqual(
      labels.filter((each, index) => steps.includes(each) && labels.indexOf(each) === index),
      steps,
    );
  },
};
