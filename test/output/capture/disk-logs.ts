/** Logs on disk without pipes: opened with a few limits, written to directly, read back from their files, plain or compressed. */
import { futimesSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AgeTimer } from '../../../src/output/capture/age-timer.ts';
import { systemClock } from '../../../src/output/capture/clock.ts';
import type { Clock } from '../../../src/output/capture/clock.ts';
import { Compressor } from '../../../src/output/capture/compressor.ts';
import type { WriteFunction } from '../../../src/output/capture/write-fully.ts';
import type { LogSink } from '../../../src/output/capture/log-sink.ts';
import { DiskLogs } from '../../../src/output/capture/task-logs.ts';
import type { LogTools } from '../../../src/output/capture/task-logs.ts';
import { compressedIndexes, compressedName, logName, rotatedIndexes } from '../../../src/output/layout.ts';
import type { LogKind } from '../../../src/output/layout.ts';
import type { OutputPlan } from '../../../src/shim/protocol.ts';

/** Files of ten bytes. */
export const PLAN: OutputPlan = {
  dir: null,
  rotate: false,
  maxSizeBytes: 10,
  keep: 3,
  totalBytes: 1e9,
  rotateEveryMs: 0,
  maxAgeMs: 0,
  compress: false,
  combined: false,
};

/** What the logs of a worker share. */
export function toTools(clock: Clock = systemClock, warn: (message: string) => void = () => {}): LogTools {
  return { clock, ages: new AgeTimer(clock), compressor: new Compressor(clock, warn) };
}

/** A disk on which time is that of `clock`: its files have the times of their writes. */
export const diskOf =
  (clock: Clock): WriteFunction =>
  (fd, bytes, offset, length) => {
    const count = writeSync(fd, bytes, offset, length);
    futimesSync(fd, clock.wallMs() / 1000, clock.wallMs() / 1000);
    return count;
  };

/** The logs of a folder, ready for a run. */
export function openLogs(dir: string, changes: Partial<OutputPlan> = {}, tools: LogTools = toTools()): DiskLogs {
  const plan = { ...PLAN, ...changes };
  const logs = new DiskLogs(dir, plan, {}, tools, () => {});
  logs.prepare(plan);
  return logs;
}

/** Appends text. @returns how many bytes were dropped */
export const put = (log: LogSink, text: string): number => log.append(Buffer.from(text), 0, Buffer.byteLength(text));

/** A file as text, whether it is compressed or not. */
export function read(dir: string, name: string): string {
  const bytes = readFileSync(join(dir, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
}

/** Rotated files oldest to newest, then the current one. Of two with one number the plain one counts. */
export function contents(dir: string, kind: LogKind = 'stdout'): string[] {
  const names = readdirSync(dir);
  const plain = rotatedIndexes(names, kind);
  const indexes = [...new Set([...plain, ...compressedIndexes(names, kind)])].sort((a, b) => b - a);
  const rotated = indexes.map((index) => read(dir, plain.includes(index) ? logName(kind, index) : compressedName(kind, index)));
  return names.includes(logName(kind)) ? [...rotated, read(dir, logName(kind))] : rotated;
}
