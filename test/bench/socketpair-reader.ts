/** What one would write in Node.js: the task is a child with a pipe, which Node.js makes a pair of sockets, and its output goes to a file. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';

const [file = '', command = '', ...args] = process.argv.slice(2);
const log = openSync(file, 'w');
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
child.stdout.on('data', (bytes: Buffer) => {
  for (let at = 0; at < bytes.length;) at += writeSync(log, bytes, at);
});
child.on('close', (code) => {
  closeSync(log);
  process.exitCode = code ?? 1;
});
