/**
 * pm2's ecosystem file, as data. It may be a program: that is run as pm2 would run it, but in a process of its own, which ends with it; what it prints is
 * passed by, and what it exports comes back as JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TaskError } from '../../index.ts';

/** Descriptor on which the export comes back: what the file prints goes elsewhere. */
const RESULT_FD = 3;

const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
const loaded = await import(pathToFileURL(process.argv[1]).href);
writeFileSync(${RESULT_FD}, JSON.stringify(loaded.default ?? loaded));
process.exit(0);
`;

/**
 * What the file holds, or exports.
 * @throws TaskError `CONFIG_INVALID` when it cannot be read, parsed or run
 */
export async function readEcosystem(file: string): Promise<unknown> {
  const json = file.endsWith('.json') ? await readFile(file, 'utf8') : await runModule(file);
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new TaskError('CONFIG_INVALID', `${file}: expected JSON, got an error of syntax: ${String(error)}`, { cause: error });
  }
}

async function runModule(file: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, file], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const [result, stderr, [code, signal]] = await Promise.all([
    text(child.stdio[RESULT_FD] as Readable),
    text(child.stdio[2] as Readable),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ]);
  if (code === 0 && result !== '') return result;
  const reason = /^\w*Error.*$/m.exec(stderr)?.[0] ?? `it ended with ${code ?? signal} and exported nothing`;
  throw new TaskError('CONFIG_INVALID', `${file} cannot be loaded: ${reason}`);
}
