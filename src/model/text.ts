/** Text as the kernel takes it in arguments, paths and variables. Nothing here is looked up. */
import { z } from 'zod';

/** Longest single argument or `KEY=value` the kernel takes: `MAX_ARG_STRLEN`, execve(2). */
export const MAX_ARGUMENT_BYTES = 131_072;

/** A string without NUL, shorter than {@link MAX_ARGUMENT_BYTES}. `what` names it in messages, with its article. */
export const withoutNul = (what: string) =>
  z
    .string(`expected ${what} as a string`)
    .refine((text) => !text.includes('\0'), `expected ${what} without a NUL character`)
    .refine((text) => Buffer.byteLength(text) < MAX_ARGUMENT_BYTES, `expected ${what} of less than 128 KiB`);

/** A list of such strings. */
export const stringList = (what: string) => z.array(withoutNul(what), 'expected a list of strings');

/** A command as a list: the program and its arguments. */
export const commandList = stringList('an argument').min(1, 'expected a list that begins with a program, got an empty one');
