/** The schema of a probe: what it takes, and what it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Probe } from '../../src/model/probe.ts';

const isTaken = (probe: unknown): boolean => Probe.safeParse(probe).success;

test('a probe asks one thing, and has its documented defaults', () => {
  assert.deepEqual(Probe.parse({ tcp: 'localhost:80' }), {
    tcp: 'localhost:80',
    interval: 1_000,
    timeout: 1_000,
    successes: 1,
    failures: 3,
    startPeriod: 0,
  });
  assert.equal(isTaken({}), false);
  assert.equal(isTaken({ tcp: 'localhost:80', http: 'http://localhost' }), false);
  assert.equal(isTaken({ check: () => true }), true);
});

test('each kind takes what it can ask', () => {
  const taken = [
    { http: 'http://127.0.0.1:80/health?x=1' },
    { http: 'https://example' },
    { tcp: '[::1]:5432' },
    { exec: ['true'] },
    { log: '^listening on \\d{1,5}$' },
    { notifyFd: 3 },
  ];
  for (const probe of taken) assert.ok(isTaken(probe), JSON.stringify(probe));
  const refused = [
    { http: 'ftp://x' },
    { http: '/health' },
    { tcp: '5432' },
    { tcp: '::1:5432' },
    { tcp: 'host:port' },
    { exec: [] },
    { exec: 'true' },
    { log: '(' },
    { log: '' },
    { notifyFd: 2 },
    { notifyFd: 256 },
    { check: 'true' },
  ];
  for (const probe of refused) assert.equal(isTaken(probe), false, JSON.stringify(probe));
});

test('a pattern that has no bound in time, or that RE2 writes otherwise, is refused at the door', () => {
  for (const log of [
    '(a+)\\1',
    '(?=x)',
    '(?!x)',
    '(?<=x)',
    '(?<!x)',
    '(?<n>a)\\k<n>',
    '\\u{1F600}',
    '[\\b]',
    'a{1001}',
    'a{2,5000}',
    'a{99999}',
  ])
    assert.equal(isTaken({ log }), false, log);
  for (const log of ['(?<name>a)', '(?:a|b)+$', 'a{1000}', 'a{0,1000}', '\\bword\\b', '\\.', '(a+)+$'])
    assert.equal(isTaken({ log }), true, log);
});
