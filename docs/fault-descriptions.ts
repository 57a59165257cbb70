/** The faults that tests are asked to show, in words: what happens, and what comes of it. Which of them have tests is no business of this file. */

/** One fault. */
export interface Fault {
  readonly number: number;
  readonly what: string;
  readonly outcome: string;
}

/** Faults of one kind. */
export interface FaultGroup {
  readonly title: string;
  readonly faults: readonly Fault[];
}

type Row = readonly [number: number, what: string, outcome: string];

const group = (title: string, rows: readonly Row[]): FaultGroup => ({
  title,
  faults: rows.map(([number, what, outcome]) => ({ number, what, outcome })),
});

const PROCESS = group("A task's process", [
  [1, 'its command does not exist', 'the task has failed to start, says so, and its restart policy applies'],
  [2, 'its folder does not exist, or is a file', 'the failure names the folder, not the command'],
  [3, 'it cannot be executed, is a directory, or its interpreter is missing', 'the failure says which'],
  [4, 'its arguments, environment or name are more than the system takes', 'a failure like any other, thrown or not by the system call'],
  [5, 'a NUL character in its command, arguments or environment', 'refused when it is defined'],
  [6, 'no descriptor or process is to be had when it starts', 'the start waits and is tried again; no run is counted as a crash'],
  [7, 'it writes and ends before anyone could have begun to read', 'all of its output is there'],
  [8, 'its last line has no newline', 'the line is in the log, and followers get it'],
  [9, 'a process it left behind holds its output open', 'its end is told at once; the output is waited for within limits'],
  [10, 'it closes its output and goes on', 'it still runs'],
  [11, 'it ignores the stop signal, and forks while it is killed', 'every process of it is killed'],
  [12, 'it hides: another session, no parent, no environment', 'found all the same, or told as left alive'],
  [13, 'commands come in every order, at every moment', 'never two processes of one task, and none after a stop'],
  [14, 'a signal is sent before there is a process', 'delivered once there is'],
  [15, 'it crashes again and again', 'restarts come ever later, and end'],
  [16, 'it ends with an exit code, or by a signal, that look alike', 'two fields that never stand for each other'],
  [17, 'its pid was given to a stranger', 'the stranger is not signalled; numbers that mean many processes never are'],
  [18, 'it is stopped (SIGSTOP) when it is to end', 'it is woken to hear the signal, or killed'],
  [19, 'it closes its input, or never reads it', 'the writer is told, or waits; nothing piles up'],
  [20, 'it opens /dev/stdout by name, also as another user', 'it works'],
  [21, 'it writes as fast as it can, or byte by byte', 'byte-exact, in flat memory'],
  [22, 'one line without an end', 'byte-exact in the log, cut with a mark where it is shown'],
  [23, 'bytes that are no text', 'unchanged in the log, replaced where they are shown'],
  [24, 'it makes its output non-blocking, or reads from it', 'nobody else notices'],
  [25, 'a thousand tasks at once, or one that forks without end', 'all run; the one ends alone'],
]);

const RUNNER = group('The runner, its companion process and its threads', [
  [26, 'kill -9 of the host at a random moment', 'no byte and no exit code is lost'],
  [27, 'kill -9 while it starts, rotates or writes its state', 'the next one heals it; nothing is started twice'],
  [28, 'kill -9 of the runner and the companion process', 'what they ran is found by identity, and taken down before it could run twice'],
  [29, 'the log worker dies', 'tasks run on, another worker goes on, and what is missing is told'],
  [30, 'code of the host throws where the runner calls it', 'runner and tasks live, and it is told'],
  [31, 'signals to stop, twice, early, or a terminal that is gone', 'an orderly and bounded stop, nobody left behind'],
  [32, 'a second runner on one data directory', 'refused, with the pid of the first; after its death, the next one waits for what it left'],
  [33, 'a state file is cut, empty, nonsense, newer, or cannot be written', 'healed, written later, or refused with what to do'],
  [34, 'the data directory is not ours alone', 'refused before anything is written'],
  [35, 'the wall clock jumps', 'delays and limits do not; no duration is negative'],
  [36, 'times that are negative, no number, or longer than a timer', 'refused, or waited out'],
  [37, 'it is process 1', 'it says what that costs, and stops as asked'],
  [38, 'it is held up for seconds', 'no check and no timeout is held against a task'],
  [39, 'the machine was started anew', 'nobody with an old pid is signalled or taken for a task'],
  [40, 'a day of work, a million restarts', 'descriptors, memory and processes stay level'],
]);

const FILES = group('Files', [
  [41, 'the disk is full', 'a pause, then dropped bytes are counted; it goes on by itself'],
  [42, 'the disk is over quota, broken, or read-only', 'as a full one'],
  [43, 'a log is removed or renamed by others', 'noticed, and made anew'],
  [44, 'a log cannot be written for a moment', 'it goes on afterwards'],
  [45, 'a write takes a part, or is interrupted', 'the rest follows'],
  [46, 'a rename fails in the middle of a rotation', 'the log goes on, and nothing is deleted for it'],
  [47, 'few files to keep, or a limit smaller than a line', 'what is too old goes; no rotation without end'],
  [48, 'rotated files with gaps in their numbers', 'read in order, and closed up'],
  [49, 'a follower while files rotate', 'each line once, or a gap that is told'],
  [50, 'a link, FIFO, directory or device lies where a file of ours belongs', 'refused, and its target is untouched'],
  [51, 'a folder is swapped for a link meanwhile', 'what was opened stays what it was'],
  [52, 'the umask is open, or closed', 'files and folders are for this user alone'],
  [53, 'two tasks whose names differ in case alone', 'refused: on some file systems they would be one'],
  [54, 'a file system without FIFOs', 'they go to the runtime folder, or a refusal says what to do'],
]);

const CONFIGURATION = group('Configuration and names', [
  [55, 'names that are paths, options, control characters or look alike', 'refused'],
  [56, 'a file made to be expensive', 'refused within a second'],
  [57, 'dependencies that go in circles, lead nowhere, or are thousands deep', 'told with the whole way, in bounded time'],
  [58, 'a configuration that others could have written', 'not believed by root'],
  [59, 'variables that expand without end', 'refused'],
  [60, 'unknown keys', 'refused, with the one that was perhaps meant'],
]);

const OUTSIDE = group('HTTP, page and command line', [
  [61, 'a Host header that is not ours', 'refused before anything else'],
  [62, 'a request from a foreign page', 'refused'],
  [63, 'a change by a form, or by GET', 'refused'],
  [64, 'a token that is missing or wrong', 'refused, in the same time'],
  [65, 'a body that is huge, endless or too deep', 'refused within limits'],
  [66, 'paths that climb or are wrongly encoded', 'refused'],
  [67, 'thousands of connections, clients that never read', 'bounded; the writer of logs does not notice'],
  [68, 'values of an environment in something that is shown', 'never'],
  [69, "the API's token where tasks could see it", 'never'],
  [70, 'markup and control sequences in output, on the page', 'shown as text'],
  [71, 'control sequences in output, on a terminal', 'neutralised there, raw elsewhere'],
  [72, 'a pattern made to be slow', 'searched in linear time, or refused'],
  [73, 'ranges and lengths that are none', 'refused'],
  [74, 'socket paths that are too long, or taken', 'told apart, and refused where somebody listens'],
  [75, 'listening to the world without a token', 'refused'],
  [76, 'commands as lines for a shell, over HTTP', 'only where they are asked for'],
]);

/** Every fault, by kind. */
export const FAULT_GROUPS: readonly FaultGroup[] = [PROCESS, RUNNER, FILES, CONFIGURATION, OUTSIDE];
