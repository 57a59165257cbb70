#!/usr/bin/env node
/**
 * The entry of the `dirigent` command. Answers the question for the version itself, and that of a shell for the word under the cursor without all
 * that commands need; loads everything else for what else is asked.
 */
import { packageVersion } from '../config/version.ts';

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === '--version' || first === '-V')) process.stdout.write(`${packageVersion()}\n`);
else if (first === 'complete' && others[0] === '--') await (await import('./completion/complete.ts')).complete(others.slice(1));
else await (await import('./run.ts')).runCommandLine(process.argv);
