/** The token of the API: which requests carry it, how it is compared, and what happens to those who try many. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { suite, test } from 'node:test';
import { Guard } from '../../src/web/guard.ts';
import { bearerOf, createToken } from '../../src/web/token.ts';
import { ask, codeOf, serve, type WireRequest } from '../rig/wire.ts';

type Headers = NonNullable<WireRequest['headers']>;

suite('the token', () => {
  test('case 64: one that is absent, wrong, of another length, or in the wrong place is refused', async (t) => {
    const { port, host, token, listening } = await serve(t);
    const base = ['host', host] as const;
    const wrong: Headers[] = [
      [],
      ...[
        `Bearer ${token.slice(0, -1)}`,
        `Bearer ${token}x`,
        `Bearer ${withOtherStart(token)}`,
        token,
        `Basic ${token}`,
        'Bearer',
        'Bearer ',
        `Bearer ${token} x`,
      ].map((value): Headers => [['authorization', value]]),
      [
        ['authorization', 'Bearer x'],
        ['authorization', `Bearer ${token}`],
      ],
      [['cookie', `token=${token}`]],
      [['x-authorization', `Bearer ${token}`]],
    ];
    for (const headers of wrong) {
      const answer = await ask(t, port, { target: '/api/v1/tasks', headers: [base, ...headers] });
      assert.equal(`${answer.status} ${String(codeOf(answer))}`, '401 UNAUTHORIZED', JSON.stringify(headers));
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      assert.ok(!answer.body.includes(token));
    }
    for (const query of [`token=${token}`, `access_token=${token}`, `authorization=Bearer%20${token}`])
      assert.equal((await ask(t, port, { target: `/api/v1/tasks?${query}`, headers: [base] })).status, 401);
    assert.equal((await ask(t, port, { target: '/api/v1/tasks', headers: [base, ['authorization', `bearer ${token}`]] })).status, 200);
    assert.equal(
      (await ask(t, listening.socket, { target: '/api/v1/tasks', headers: [base] })).status,
      200,
      'on the socket the file decides',
    );
  });

  test('case 64: a token is compared as a whole and in constant time, however much of it is right', (t) => {
    const token = createToken();
    assert.equal(Buffer.from(token, 'base64url').length, 32);
    const compared: number[][] = [];
    const compare = crypto.timingSafeEqual;
    t.mock.method(crypto, 'timingSafeEqual', (a: Buffer, b: Buffer) => {
      compared.push([a.length, b.length]);
      return compare(a, b);
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const isRight = bearerOf(token);
    const given = [token, 'x', token.slice(0, 42), `${token}x`, withOtherStart(token)];
    const answers = given.map((each) => isRight(new Request('http://localhost', { headers: { authorization: `Bearer ${each}` } })));
    assert.deepEqual(answers, [true, false, false, false, false]);
    assert.deepEqual(
      compared,
      given.map(() => [32, 32]),
    );
  });

  test('case 64: after thirty requests without a right in a minute the next are told how long to wait, and the right one passes', async () => {
    let nowMs = 0;
    const guard = new Guard({ authorize: (request) => request.headers.has('authorization'), nowMs: () => nowMs });
    const knock = async (authorization?: string) =>
      guard.check(new Request('http://localhost/x', { headers: authorization === undefined ? {} : { authorization } }), '/x');
    for (let time = 0; time < 30; time += 1) {
      nowMs = time * 1_000;
      assert.equal((await knock())?.status, 401);
    }
    const refused = await knock();
    assert.deepEqual([refused?.status, refused?.headers.get('retry-after')], [429, '31']);
    assert.equal(await knock('yes'), undefined, 'strangers cannot lock the door');
    nowMs = 60_000; // the first of them is a minute ago
    assert.equal((await knock())?.status, 401);
    assert.equal((await knock())?.status, 429);
    nowMs = 1_000_000;
    assert.equal((await knock())?.status, 401);
  });
});

/** A token of the same length that differs in its first character, whatever that is. */
const withOtherStart = (token: string): string => (token.startsWith('x') ? 'y' : 'x') + token.slice(1);
