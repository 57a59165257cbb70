/**
 * Takes the pictures of the page that the guide shows, light and dark, from a real runner in a real Chromium: `node dist/docs/take-screenshots.js`.
 * Not part of `npm run docs`: pixels differ from one machine to the next.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
