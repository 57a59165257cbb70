#!/usr/bin/env node
/**
 * The entry of the `dirigent` command. Answers the question for the version itself, which many a script asks; loads everything else for what
 * else is asked.
 */
import { packageVersion } from '../config/version.ts';

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === '--version' || first === '-V')) process.stdout.write(`${packageVersion()}\n`);
else await (await import('./run.ts')).runCommandLine(process.argv);
