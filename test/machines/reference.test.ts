/** The generated page about the machines, and the pictures in it, say what the machines are now. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { MACHINES_PAGE, toMachineFiles } from '../../docs/generate-machines.ts';

const GENERATOR = resolve('dist/docs/generate-machines.js');

describe('the page about the machines', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-machines-'));
  after(() => rmSync(dir, { recursive: true }));
  const generate = (...args: string[]) => spawnSync(process.execPath, [GENERATOR, ...args], { cwd: dir, encoding: 'utf8' });

  it('is fresh, and so is every picture', async () => {
    for (const [path, text] of await toMachineFiles()) {
      assert.equal(readFileSync(path, 'utf8'), text, 'run node dist/docs/generate-machines.js');
    }
  });

  it('is written by the generator, and found stale by its check when anyone changes it', async () => {
    mkdirSync(join(dir, 'docs/reference'), { recursive: true });
    assert.equal(generate().status, 0);
    const files = await toMachineFiles();
    assert.deepEqual(files.size, 4);
    for (const [path, text] of files) assert.equal(readFileSync(join(dir, path), 'utf8'), text);
    assert.equal(generate('--check').status, 0);
    writeFileSync(join(dir, MACHINES_PAGE), `${files.get(MACHINES_PAGE)}more`);
    const { status, stderr } = generate('--check');
    assert.deepEqual([status, stderr], [1, 'docs/reference/machines.md is stale: run node dist/docs/generate-machines.js\n']);
  });
});
