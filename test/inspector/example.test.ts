/** The example shows a machine of its own: its address lets one in, its stream tells it, and its recording holds what happened. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parseRecording } from '../../src/trace/recording.ts';
import { Project, Running } from '../cli/rig.ts';
import { atEnd } from '../rig/cleanup.ts';
import { readFrames } from './frames-reader.ts';

const EXAMPLE = resolve('dist/examples/inspect-your-own.js');

test('the kettle boils in the inspector, takes an event from there, and leaves a recording', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'inspector-'));
  atEnd(t, () => rmSync(folder, { recursive: true }));
  const file = join(folder, 'kettle.ndjson');
  const kettle = new Running(new Project(t).spawn(process.execPath, [EXAMPLE, file]));
  const [, base = '', ticket] = await kettle.until('stdout', /^(http:\/\/127\.0\.0\.1:\d+)\/#ticket=(\S+)$/m);
  const json = { 'content-type': 'application/json' };
  const session = await fetch(`${base}/api/v1/session`, { method: 'POST', headers: json, body: JSON.stringify({ ticket }) });
  const { token } = (await session.json()) as { token: string };
  const right = { authorization: `Bearer ${token}` };
  const reader = readFrames(t, await fetch(`${base}/api/v1/inspector?actor=kettle`, { headers: right }));
  const [born] = (await reader.until(({ k }) => k === 'actor')).slice(-1);
  assert.ok(born?.k === 'actor' && born.a.sys === 'kettle');
  const boiled = (await reader.until((line) => line.k === 'tx' && line.v === 'boiled')).at(-1);
  assert.ok(boiled?.k === 'tx');
  assert.deepEqual(boiled.tr, ['kettle.heating|xstate.after.500.kettle.heating|0', 'kettle.heating||0']);
  const body = JSON.stringify({ actor: born.a.s, event: { type: 'water.poured' } });
  assert.equal((await fetch(`${base}/api/v1/inspector/send`, { method: 'POST', headers: { ...json, ...right }, body })).status, 200);
  await reader.until((line) => line.k === 'tx' && line.e.type === 'water.poured');
  kettle.child.kill('SIGINT');
  assert.equal((await kettle.ended).code, 0);
  const events = parseRecording(readFileSync(file, 'utf8')).flatMap((line) => (line.k === 'tx' ? line.e.type : []));
  assert.deepEqual(
    [events.slice(0, 2), events.slice(-2)],
    [
      ['xstate.init', 'switch.on'],
      ['water.poured', 'xstate.stop'],
    ],
  );
});
