/**
 * Turns the three shapes in which Node.js reports a process that could not start (an `error` event, a thrown system
 * error, a thrown argument error) into one failure that names what was at fault. Nothing is started here.
 */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { SpawnFailure, SpawnMessage } from './protocol.ts';

type Request = Pick<SpawnMessage, 'command' | 'args' | 'cwd' | 'env' | 'user'>;

const codeOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : 'UNKNOWN';
};

/** What is wrong with the working directory, or undefined. Asked before a start: ENOENT of a start names the command even when the folder is missing. */
export function checkCwd(cwd: string): SpawnFailure | undefined {
  try {
    if (!statSync(cwd).isDirectory()) {
      return { code: 'ENOTDIR', subject: 'cwd', message: `the working directory ${cwd} is not a directory; correct cwd` };
    }
    accessSync(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    const problem =
      code === 'ENOENT' ? 'does not exist; create it or correct cwd' : `cannot be entered (${code}); correct cwd or its permissions`;
    return { code, subject: 'cwd', message: `the working directory ${cwd} ${problem}` };
  }
}

/** Whether the start may succeed a moment later without any change: out of descriptors, processes or memory. */
export const isTransient = (code: string): boolean => code === 'EMFILE' || code === 'ENFILE' || code === 'EAGAIN' || code === 'ENOMEM';

/** The failure behind what spawn threw or emitted. */
export function toSpawnFailure(error: unknown, request: Request): SpawnFailure {
  const code = codeOf(error);
  const { command } = request;
  if (isTransient(code))
    return {
      code,
      subject: 'limits',
      message: `the system has no room for another process (${code}); raise the limits of open files and processes`,
    };
  switch (code) {
    case 'ENOENT':
      return explainMissing(request);
    case 'EACCES':
      // Also what a search through a folder that is closed to the task's user ends in.
      return request.user !== undefined && findCommand(request) === undefined
        ? explainMissing(request)
        : { code, subject: 'command', message: explainNotExecutable(request) };
    case 'ENOTDIR':
      return { code, subject: 'command', message: `${command}: a part of the path is not a directory; correct the command` };
    case 'EPERM':
      if (request.user === undefined) break;
      return {
        code,
        subject: 'user',
        message: `the system does not let this runner start a task as user ${request.user} (EPERM); give it CAP_SETUID and CAP_SETGID, or remove user`,
      };
    case 'E2BIG':
      return {
        code,
        subject: 'arguments',
        message: `the arguments and environment of ${command} are larger than the system allows (E2BIG); shorten them or set env_inherit = false`,
      };
    case 'ENAMETOOLONG':
      return { code, subject: 'command', message: `the command is longer than the system allows (ENAMETOOLONG); shorten it` };
    case 'ERR_INVALID_ARG_VALUE':
    case 'ERR_INVALID_ARG_TYPE':
      return {
        code,
        subject: 'arguments',
        message: `${command}: a command, argument or variable has a NUL character or is empty; remove it`,
      };
  }
  return {
    code,
    subject: 'command',
    message: `${command} could not be started: ${error instanceof Error ? error.message : String(error)}`,
  };
}

/**
 * What will keep a command from starting, as far as that can be told beforehand, or undefined. For what starts behind
 * another program, which would tell by its exit code alone.
 */
export function explainUnstartable(request: Request): SpawnFailure | undefined {
  if (findCommand(request) === undefined) return explainMissing(request);
  const program = candidatesOf(request).find(isProgram);
  if (program === undefined) return { code: 'EACCES', subject: 'command', message: explainNotExecutable(request) };
  const interpreter = interpreterOf(program);
  return interpreter === undefined || exists(interpreter) ? undefined : explainMissing(request);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not executable: that is the answer
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // ENOTDIR, EACCES: not to be had by this path
  }
}

function explainMissing(request: Request): SpawnFailure {
  const found = findCommand(request);
  if (found === undefined) {
    const message = request.command.includes('/')
      ? `the command ${request.command} does not exist; correct the path`
      : `the command "${request.command}" was not found in PATH; install it, or give its full path`;
    return { code: 'ENOENT', subject: 'command', message };
  }
  const interpreter = interpreterOf(found);
  return {
    code: 'ENOENT',
    subject: 'interpreter',
    message: `${found} exists, but its interpreter ${interpreter ?? '(named in its first line, or its program loader)'} does not; install it or correct the first line`,
  };
}

function explainNotExecutable(request: Request): string {
  const found = findCommand(request) ?? request.command;
  const isDirectory = statSync(resolve(request.cwd, found), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isDirectory
    ? `${found} is a directory, expected a program`
    : `${found} may not be executed by ${request.user === undefined ? 'this user' : `user ${request.user}`}; run: chmod +x ${found}`;
}

/** The file that execvp(3) would take, or undefined. */
const findCommand = (request: Request): string | undefined => candidatesOf(request).find(exists);

function candidatesOf({ command, cwd, env }: Request): string[] {
  if (command.includes('/')) return [resolve(cwd, command)];
  return (env['PATH'] ?? '/usr/bin:/bin').split(':').map((dir) => join(isAbsolute(dir) ? dir : resolve(cwd, dir), command));
}

function interpreterOf(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const head = Buffer.alloc(256);
    const text = head.toString('latin1', 0, readSync(fd, head, 0, head.length, 0));
    return /^#! *([^ \r\n]+)/.exec(text)?.[1];
  } catch {
    return undefined; // unreadable: the message then names no interpreter
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
