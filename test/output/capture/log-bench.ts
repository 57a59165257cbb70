/** One log on a bench: its folder, a clock turned by hand, a disk that fails when told to. Nothing reads a pipe here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { LOOK_INTERVAL_MS, LogFile } from '../../../src/output/capture/log-file.ts';
import { LogIndex } from '../../../src/output/capture/log-index.ts';
import { OwnedDir } from '../../../src/util/owned-dir.ts';
import { FailingDisk } from './failing-disk.ts';
import { FakeClock, scratchDir } from './rig.ts';

/** A log of one stream, and what it told of bytes that are missing: `[bytes, offset]`. */
export class LogBench {
  readonly path: string;
  readonly dir: OwnedDir;
  readonly clock = new FakeClock();
  readonly disk = new FailingDisk();
  readonly lost: number[][] = [];
  /** And of bytes that were dropped. */
  readonly dropped: number[][] = [];
  readonly reasons: string[] = [];
  readonly log: LogFile;

  constructor(t: TestContext, maxSizeBytes = 1e6, keep = 10) {
    this.path = join(scratchDir(t), 'tasks', 'web');
    this.dir = OwnedDir.open(this.path, { parents: true });
    const limits = { maxSizeBytes, keep, totalBytes: 1e9 };
    const { dir, clock, disk } = this;
    const index = new LogIndex({ dir, kind: 'stdout', clock });
    index.lost = (offset, bytes) => void this.lost.push([bytes, offset]);
    index.dropped = (offset, bytes, reason) => {
      this.dropped.push([bytes, offset]);
      this.reasons.push(reason);
    };
    this.log = new LogFile({ dir, kind: 'stdout', names: [], limits, index, clock, write: disk.write });
    t.after(() => {
      this.log.close();
      this.dir.close();
    });
  }

  put(text: string): number {
    return this.log.append(Buffer.from(text), 0, Buffer.byteLength(text));
  }

  /** The next bytes find the file looked at. */
  pass(): void {
    this.clock.advance(LOOK_INTERVAL_MS);
  }

  at(name = 'stdout.log'): string {
    return join(this.path, name);
  }

  /** The names of its log files. */
  files(): string[] {
    return this.dir.names().filter((name) => name.startsWith('stdout.log'));
  }

  text(name = 'stdout.log'): string {
    return readFileSync(this.at(name), 'utf8');
  }
}
