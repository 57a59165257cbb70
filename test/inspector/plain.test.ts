/** Values of living programs as JSON: hostile ones, big ones, secret ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createActor, createMachine } from 'xstate';
import { Plainer, toFrameError } from '../../src/inspector/plain.ts';
import { deepFreeze } from '../../src/util/deep-freeze.ts';

const plain = (value: unknown): unknown => new Plainer().toPlain(value);

describe('a value as JSON', () => {
  it('is the value, where it is JSON already', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const told = plain(value);
        // Keys that look secret are another matter.
        if (!JSON.stringify(told).includes('[redacted]'))
          assert.deepEqual(JSON.parse(JSON.stringify(told)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('can be written as JSON and never throws, whatever the value is', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
        }),
        (value) => assert.doesNotThrow(() => JSON.stringify(plain({ value }))),
      ),
    );
  });

  it('says in words what JSON has none for', () => {
    const told = plain({
      nan: Number.NaN,
      big: 12n,
      sign: Symbol('s'),
      call: plain,
      nothing: undefined,
      when: new Date(0),
      never: new Date(Number.NaN),
      address: new URL('http://localhost/a'),
      pattern: /a/g,
      bytes: new Uint8Array(3),
      set: new Set([1, undefined]),
      map: new Map<unknown, unknown>([
        ['password', 'p'],
        [{ a: 1 }, 2],
      ]),
      fault: Object.assign(new TypeError('broken'), { code: 'E_BROKEN' }),
      later: Promise.resolve(1),
    });
    assert.deepEqual(told, {
      nan: 'NaN',
      big: '12n',
      sign: 'Symbol(s)',
      call: '[function plain]',
      when: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      address: 'http://localhost/a',
      pattern: '/a/g',
      bytes: '[Uint8Array of 3 bytes]',
      set: { $set: [1, null] },
      map: {
        $map: [
          ['password', '[redacted]'],
          [{ a: 1 }, 2],
        ],
      },
      fault: { name: 'TypeError', message: 'broken', code: 'E_BROKEN' },
      later: '[Promise]',
    });
  });

  it('names actors instead of looking into them', () => {
    const actor = createActor(createMachine({ id: 'm' }), { id: 'one' });
    assert.deepEqual(plain({ actor }), { actor: { $actor: actor.sessionId, id: 'one' } });
  });

  it('goes no deeper, longer or wider than there is something to see', () => {
    let deep: object = {};
    for (let depth = 0; depth < 50; depth += 1) deep = { deep };
    assert.equal(JSON.stringify(plain(deep)).match(/deep/g)?.length, 6);
    assert.equal(plain('x'.repeat(9000)), `${'x'.repeat(2048)}… (9000 characters)`);
    assert.deepEqual((plain(Array.from({ length: 1000 }, () => 1)) as unknown[]).length, 101);
    assert.equal(
      Object.keys(plain(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]))) as object).length,
      101,
    );
    const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'some text')));
    assert.ok(JSON.stringify(plain(wide)).length < 200_000);
  });

  it('tells what goes round, what throws and what cannot be read at all', () => {
    const circle: Record<string, unknown> = { name: 'c' };
    circle['self'] = { circle };
    assert.deepEqual(plain(circle), { name: 'c', self: { circle: '[circular]' } });
    const trap = {
      ok: 1,
      get broken(): never {
        throw new Error('no');
      },
    };
    assert.deepEqual(plain(trap), { ok: 1, broken: '[threw]' });
    const proxy = new Proxy({}, { ownKeys: () => assert.fail('read') });
    assert.deepEqual(plain({ proxy }), { proxy: '[unreadable]' });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.deepEqual(plain({ revoked }), { revoked: '[unreadable]' });
  });

  it('tells data that is frozen through and through once, and everything else as it is now', () => {
    const frozen = deepFreeze({ list: [{ a: 1 }], env: { PASSWORD: 'x' } });
    const first = plain({ frozen }) as { readonly frozen: object };
    assert.deepEqual(first, { frozen: { list: [{ a: 1 }], env: { PASSWORD: '[redacted]' } } });
    assert.equal((plain({ frozen }) as { readonly frozen: object }).frozen, first.frozen);
    let count = 0;
    const alive = { inner: { at: 1 } };
    const changing = [
      Object.freeze({ alive }),
      Object.freeze({ date: new Date(0), alive }),
      Object.freeze({
        get count() {
          return (count += 1);
        },
      }),
    ];
    const before = plain(changing);
    alive.inner.at = 2;
    assert.notDeepEqual(plain(changing[0]), (before as unknown[])[0]);
    assert.notDeepEqual(plain(changing[1]), (before as unknown[])[1]);
    assert.notDeepEqual(plain(changing[2]), (before as unknown[])[2]);
    const deep = deepFreeze({ a: { b: { c: { d: { e: { f: { g: 1 } } } } } } });
    assert.match(JSON.stringify(plain(deep)), /…/);
    assert.deepEqual(plain(deep.a.b.c.d), { e: { f: { g: 1 } } }, 'what was cut once is whole where there is room');
  });

  it('asks for redaction each time, also of what is frozen', () => {
    const secret = deepFreeze({ table: { note: 'mine' } });
    assert.deepEqual(plain(secret), { table: { note: 'mine' } });
    const redacted = new Plainer((key, value) => (key === 'note' ? '-' : value)).toPlain(secret);
    assert.deepEqual(redacted, { table: { note: '-' } });
  });

  it('is not changed by a key that means something to JavaScript', () => {
    const told = plain(JSON.parse('{"__proto__":{"admin":true},"constructor":1}')) as object;
    assert.equal(Object.getPrototypeOf(told), Object.prototype);
    assert.deepEqual(JSON.stringify(told), '{"__proto__":{"admin":true},"constructor":1}');
  });
});

describe('a secret', () => {
  it('is told by its key, however that is written, and not where it is a number or a word among others', () => {
    const secret = {
      password: 'a',
      API_KEY: 'b',
      'x-auth-token': 'c',
      accessToken: ['d'],
      privateKey: { e: 1 },
      Authorization: 'f',
      dbPasswd: 'g',
    };
    assert.deepEqual(new Set(Object.values(plain(secret) as object)), new Set(['[redacted]']));
    const open = { passed: 'yes', tokens: 3, key: 'k', compass: 'north', sessionId: 'x:1', password: '' };
    assert.deepEqual(plain(open), open);
  });

  it('may be in an environment or in headers, whose names alone are told', () => {
    assert.deepEqual(
      plain({ env: { DATABASE_URL: 'postgres://u:p@h', A: '' }, headers: { cookie: 'c', accept: 'a' }, environment: ['A=b'] }),
      {
        env: { DATABASE_URL: '[redacted]', A: '[redacted]' },
        headers: { cookie: '[redacted]', accept: '[redacted]' },
        environment: '[redacted]',
      },
    );
  });

  it('may be known to the caller alone, who never hears of those that are redacted already', () => {
    const asked: string[] = [];
    const plainer = new Plainer((key, value) => {
      asked.push(key);
      if (key === 'broken') throw new Error('no');
      return key === 'email' ? '[mine]' : value;
    });
    assert.deepEqual(plainer.toPlain({ email: 'a@b', password: 'p', list: [{ email: 'c' }], broken: 1 }), {
      email: '[mine]',
      password: '[redacted]',
      list: [{ email: '[mine]' }],
      broken: '[redact failed]',
    });
    assert.deepEqual(asked, ['email', 'list', 'email', 'broken']);
  });
});

describe('an error as it travels', () => {
  it('has a name and a message, whatever was thrown', () => {
    assert.deepEqual(toFrameError(new RangeError('far')), { name: 'RangeError', message: 'far' });
    assert.deepEqual(toFrameError('text'), { name: 'Error', message: 'text' });
    assert.deepEqual(toFrameError({ a: 1 }), { name: 'Error', message: '{ a: 1 }' });
    assert.deepEqual(toFrameError(undefined), { name: 'Error', message: 'undefined' });
    assert.deepEqual(toFrameError(Object.create(null)), { name: 'Error', message: '[Object: null prototype] {}' });
    const hostile = Object.defineProperty(new Error('x'), 'message', { get: () => assert.fail('read') });
    assert.deepEqual(toFrameError(Object.assign(hostile, { name: 3 })), { name: 'Error', message: '[unreadable]' });
  });
});
