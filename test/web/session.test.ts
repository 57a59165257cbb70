/** Tickets and the token that one of them is exchanged for: once, for a minute, compared as a whole. On a clock of the test's own. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { suite, test } from 'node:test';
import { SESSION_PATH, Session } from '../../src/web/session.ts';
import { TICKET_LIFETIME_MS, Tickets } from '../../src/web/tickets.ts';

const post = (body: string): Request =>
  new Request(`http://localhost${SESSION_PATH}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

const ticketOf = (url: string): string => url.slice(url.indexOf('=') + 1);

suite('a ticket', () => {
  test('lets in once, and of several each does', () => {
    const tickets = new Tickets();
    const [first, second] = [tickets.issue(), tickets.issue()];
    assert.notEqual(first, second);
    assert.equal(Buffer.from(first, 'base64url').length, 32);
    assert.deepEqual(
      [second, second, first, first].map((each) => tickets.redeem(each)),
      [true, false, true, false],
    );
  });

  test('lets in for a minute, and not a moment longer', () => {
    let nowMs = 0;
    const tickets = new Tickets(() => nowMs);
    const [early, late] = [tickets.issue(), tickets.issue()];
    nowMs = TICKET_LIFETIME_MS - 1;
    assert.equal(tickets.redeem(early), true);
    nowMs = TICKET_LIFETIME_MS;
    assert.equal(tickets.redeem(late), false);
  });

  test('of which there are too many gives way to the later ones', () => {
    const tickets = new Tickets();
    const issued = Array.from({ length: 17 }, () => tickets.issue());
    assert.deepEqual([tickets.redeem(issued[0] ?? ''), tickets.redeem(issued[1] ?? '')], [false, true]);
  });

  test('case 64: is compared as a whole and in constant time, with each that there is, however much of it is right', (t) => {
    const tickets = new Tickets();
    const [ticket] = [tickets.issue(), tickets.issue()];
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
    const given = ['', 'x', ticket.slice(0, -1), `${ticket}x`, ticket];
    assert.deepEqual(
      given.map((each) => tickets.redeem(each)),
      [false, false, false, false, true],
    );
    assert.deepEqual(
      compared,
      Array.from({ length: 10 }, () => [32, 32]),
    );
  });
});

suite('a session', () => {
  test('gives its token for a ticket, which it is then asked with', async () => {
    const session = new Session({ advice: 'ask again' });
    const url = session.ticketUrl('http://127.0.0.1:1');
    assert.match(url, /^http:\/\/127\.0\.0\.1:1\/#ticket=[\w-]{43}$/);
    const answer = await session.answer(post(JSON.stringify({ ticket: ticketOf(url) })));
    const { token } = (await answer.json()) as { token: string };
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.notEqual(token, ticketOf(url));
    const asks = (authorization: string): boolean => session.authorize(new Request('http://localhost', { headers: { authorization } }));
    assert.deepEqual([asks(`Bearer ${token}`), asks(`Bearer ${ticketOf(url)}`), asks('')], [true, false, false]);
  });

  test('says what to do where a ticket is used, too old or wrong, and repeats none', async () => {
    let nowMs = 0;
    const session = new Session({ advice: 'dirigent open', nowMs: () => nowMs });
    const [used, old] = [ticketOf(session.ticketUrl('')), ticketOf(session.ticketUrl(''))];
    assert.equal((await session.answer(post(JSON.stringify({ ticket: used })))).status, 200);
    nowMs = TICKET_LIFETIME_MS;
    for (const ticket of [used, old, 'wrong', '', 'x'.repeat(512)]) {
      const answer = await session.answer(post(JSON.stringify({ ticket })));
      const text = await answer.text();
      const { code, detail } = JSON.parse(text) as { code: string; detail: string };
      assert.deepEqual([answer.status, code], [403, 'FORBIDDEN']);
      assert.match(detail, /used already, or is older than a minute; for another one: dirigent open$/);
      assert.ok(ticket.length < 10 || !text.includes(ticket));
    }
  });

  test('takes nothing but a ticket, by POST', async () => {
    const session = new Session({ advice: 'ask again' });
    const ticket = ticketOf(session.ticketUrl(''));
    for (const body of ['[]', 'null', '""', '{}', '{"ticket":1}', '{"ticket":["x"]}', JSON.stringify({ ticket: 'x'.repeat(513) }), '', '{'])
      assert.equal((await session.answer(post(body))).status, 400, body);
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const { status, headers } = await session.answer(new Request(`http://localhost${SESSION_PATH}?ticket=${ticket}`, { method }));
      assert.deepEqual([status, headers.get('allow')], [405, 'POST'], method);
    }
    assert.equal((await session.answer(post(JSON.stringify({ ticket })))).status, 200, 'and it is still valid');
  });
});
