/** Every byte a child writes is in its log, whatever it is and however the child ends. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Rig, runChild, turn } from './rig.ts';

const NODE = process.execPath;

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

test('case 7: a child that has ended before anyone reads has all its output in the log', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  await runChild(pipes, 'sh', ['-c', 'printf "out\\n"; printf "err\\n" >&2']);
  rig.session.attach(rig.request(pipes, { run: 'late' }));
  await rig.ended('late');
  assert.equal(rig.text('stdout.log'), 'out\n');
  assert.equal(rig.text('stderr.log'), 'err\n');
  assert.deepEqual(rig.text('combined.log').split('\n').sort(), ['', '[stderr] err', '[stdout] out']);
});

test('case 7: a full pipe left behind by a dead child is read to its end before the run counts as ended', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  await runChild(pipes, 'head', ['-c', '65536', '/dev/zero']);
  rig.session.attach(rig.request(pipes, { run: 'full' }));
  await rig.ended('full');
  assert.deepEqual(rig.file('stdout.log'), Buffer.alloc(65536));
});

test('case 8: a last line without a newline is kept as it is, and visible while the child still runs', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach();
  pipes.stdout.write('first\npassword: ');
  await rig.read(16);
  assert.equal(rig.text('stdout.log'), 'first\npassword: ');
  assert.equal(rig.text('combined.log'), '[stdout] first\n[stdout] password: ');
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('combined.log'), '[stdout] first\n[stdout] password: ', 'no newline is invented');
});

test('case 10: a stream that its child closed ends alone, the other is read on', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach();
  pipes.stdout.write('bye');
  pipes.stdout.end();
  await rig.read(3);
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual(rig.notices.endedRuns, []);
  pipes.stderr.write('still here\n');
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stderr.log'), 'still here\n');
  assert.equal(rig.text('combined.log'), '[stdout] bye\n[stderr] still here\n', 'nobody waits for the rest of a line that has ended');
});

test('case 21: 300 MB of binary data on both streams at once is byte-exact, with flat memory', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'flood', combined: false }));
  const script = `
    const { createCipheriv, createHash } = require('node:crypto'); const fs = require('node:fs');
    const zeros = Buffer.alloc(100_000);
    const cipherOf = (fd) => createCipheriv('aes-128-ctr', Buffer.alloc(16, fd), Buffer.alloc(16));
    const streams = [1, 2].map((fd) => ({ fd, cipher: cipherOf(fd), hash: createHash('sha256') }));
    for (let i = 0; i < 1500; i += 1) for (const { fd, cipher, hash } of streams) {
      const bytes = cipher.update(zeros); hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
    }
    fs.writeFileSync(process.argv[1], JSON.stringify(streams.map(({ hash }) => hash.digest('hex'))));`;
  const before = process.memoryUsage().rss;
  const sums = join(rig.root, 'sums');
  assert.equal(await runChild(pipes, NODE, ['-e', script, sums]), 0);
  await rig.ended('flood');
  assert.ok(process.memoryUsage().rss - before < 50e6, 'memory grew by less than 50 MB');
  const inLogs = [await sha256(join(rig.dir, 'stdout.log')), await sha256(join(rig.dir, 'stderr.log'))];
  assert.deepEqual(inLogs, JSON.parse(readFileSync(sums, 'utf8')));
  const { stdout } = rig.session.counters('web');
  assert.deepEqual(stdout, { read: 150_000_000, written: 150_000_000, dropped: 0, pending: 0 });
});

test('case 21: writes of one byte all arrive, in order', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  const run = rig.request(pipes, { run: 'tiny' });
  rig.session.attach(run);
  await runChild(pipes, 'dd', ['if=/dev/zero', 'bs=1', 'count=200000', 'status=none']);
  await rig.ended('tiny');
  assert.deepEqual(rig.file('stdout.log'), Buffer.alloc(200_000));
  assert.deepEqual(rig.file('combined.log'), Buffer.concat([Buffer.from('[stdout] '), Buffer.alloc(200_000)]));
});

test('case 22: a line of 1 GB without a newline is byte-exact in stdout.log', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'long', combined: false }));
  await runChild(pipes, 'sh', ['-c', 'head -c 1000000000 /dev/zero | tr "\\0" x']);
  await rig.ended('long');
  assert.equal(statSync(join(rig.dir, 'stdout.log')).size, 1_000_000_000);
  const block = Buffer.alloc(1024 * 1024, 'x');
  for await (const chunk of createReadStream(join(rig.dir, 'stdout.log'), { highWaterMark: block.length })) {
    const piece = chunk as Buffer;
    assert.equal(piece.compare(block, 0, piece.length), 0);
  }
});

test('case 22: a line of 100 MB has one prefix in combined.log while nobody else writes', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'long' }));
  await runChild(pipes, 'sh', ['-c', 'head -c 100000000 /dev/zero']);
  await rig.ended('long');
  const combined = rig.file('combined.log');
  assert.equal(combined.length, 100_000_009);
  assert.equal(combined.toString('latin1', 0, 10), '[stdout] \0');
  assert.equal(combined.indexOf('['.charCodeAt(0), 1), -1);
});

test('case 23: UTF-8 split at every offset, NULs, CR, CRLF, BOM, U+2028 and invalid bytes are byte-identical', async (t) => {
  const bytes = Buffer.concat([
    Buffer.from('\uFEFFgrüße 漢字 🎉\r\nnul\0nul\rcr\u2028line separator\n'),
    Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82, 0x0a, 0x80, 0xf0, 0x9f, 0x0a]),
    Buffer.from('end'),
  ]);
  const rig = new Rig(t);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const { pipes, run } = rig.attach({ rotate: true, keep: 0 });
    const before = rig.session.counters('web').stdout.read;
    pipes.stdout.write(bytes.subarray(0, cut));
    await rig.read(before + cut);
    pipes.stdout.write(bytes.subarray(cut));
    pipes.end();
    await rig.ended(run);
    assert.deepEqual(rig.file('stdout.log'), bytes, `cut at ${cut}`);
    const unprefixed = rig
      .file('combined.log')
      .toString('latin1')
      .replaceAll(/^\[stdout\] /gm, '');
    assert.deepEqual(Buffer.from(unprefixed, 'latin1'), bytes, `cut at ${cut}, in combined.log`);
  }
});

test('case 24: a child that reads its own stdout and makes it non-blocking does not disturb the reader', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'odd' }));
  const script = `
    const fs = require('node:fs');
    let failed = ''; try { fs.readSync(1, Buffer.alloc(1)); } catch (error) { failed = error.code; }
    const socket = new (require('node:net').Socket)({ fd: 1, readable: false, writable: true }); // sets O_NONBLOCK
    fs.writeSync(2, failed + ' ' + require('node:tty').isatty(1));
    socket.end(Buffer.alloc(300_000, 'n'));`;
  assert.equal(await runChild(pipes, NODE, ['-e', script]), 0);
  await rig.ended('odd');
  assert.equal(rig.text('stderr.log'), 'EBADF false');
  assert.deepEqual(rig.file('stdout.log'), Buffer.alloc(300_000, 'n'));
});
