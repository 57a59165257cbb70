/** The token that requests over TCP must carry: 256 random bits in a file of this user's, made anew by each daemon. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new token. */
export const createToken = (): string => randomBytes(32).toString('base64url');

/** Whether a request carries `token`, in constant time. Only the header counts: an address ends up in histories and logs. */
export function bearerOf(token: string): (request: Request) => boolean {
  const expected = digest(token);
  return (request) => {
    const [, given] = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

/** Of one length, whatever the token's. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
