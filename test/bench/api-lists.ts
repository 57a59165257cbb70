/** Lists over HTTP with as little work of the client as there can be. Understands of HTTP what our server writes. */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const CONNECTIONS = 4;
const LIST_MS = 1_500;
const BUFFER_BYTES = 256 * 1024;
const HEAD_BYTES = 4_096;
const REQUEST = Buffer.from('GET /api/v1/tasks HTTP/1.1\r\nhost: localhost\r\n\r\n');

/** What came of it. */
export interface Lists {
  readonly perSecond: number;
  readonly bytesEach: number;
}

/** Lists on connections that are kept, each asked again as soon as its answer is whole. */
export async function list(path: string): Promise<Lists> {
  const beganAt = performance.now();
  const each = await Promise.all(Array.from({ length: CONNECTIONS }, () => listUntil(path, beganAt + LIST_MS)));
  const answers = each.reduce((sum, { count }) => sum + count, 0);
  return { perSecond: (answers * 1000) / (performance.now() - beganAt), bytesEach: each[0]?.bytesEach ?? 0 };
}

interface Listed {
  readonly count: number;
  readonly bytesEach: number;
}

/** @throws Error for an answer that is not a list */
function listUntil(path: string, endMs: number): Promise<Listed> {
  return new Promise((resolve, reject) => {
    let [count, bytesEach, left] = [0, 0, 0];
    const take = (length: number, buffer: Uint8Array): boolean => {
      if (left === 0) {
        const head = Buffer.from(buffer.buffer, buffer.byteOffset, Math.min(length, HEAD_BYTES)).toString('latin1');
        bytesEach = Number(/^HTTP\/1\.1 200 [^]*\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
        left = bytesEach + head.indexOf('\r\n\r\n') + 4;
      }
      left -= length;
      if (left > 0) return true;
      if (left !== 0) {
        reject(new Error('expected a list, and nothing behind it'));
        socket.destroy();
        return false;
      }
      count += 1;
      if (performance.now() < endMs) socket.write(REQUEST);
      else resolve((socket.destroy(), { count, bytesEach }));
      return true;
    };
    const socket = connect({ path, onread: { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), callback: take } });
    socket.once('error', reject);
    socket.write(REQUEST);
  });
}
