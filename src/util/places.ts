/**
 * Where the files are that a thread, a process or a reader is to begin with. Known here alone: bundled, this module lies in another folder, which is as
 * deep. Nothing is opened.
 */

/** From source the others are source, too: the extension of this module says which. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const toModule = (path: string): URL => new URL(`../${path}${EXTENSION}`, import.meta.url);
const toFile = (path: string): URL => new URL(`../../../${path}`, import.meta.url);

/** The `dirigent` command. */
export const COMMAND_MODULE = toModule('cli/main');
/** The companion process. */
export const SHIM_MODULE = toModule('shim/main');
/** The thread that writes logs. */
export const LOG_WORKER_MODULE = toModule('output/capture/worker');
/** The thread that reads them. */
export const READ_WORKER_MODULE = toModule('output/read/tail.worker');
/** The thread that lays out machines. */
export const LAYOUT_WORKER_MODULE = toModule('inspector/chart/worker');

/** What this package says of itself. */
export const PACKAGE_FILE = toFile('package.json');
/** What puts prefixes before lines. */
export const PREFIX_CODE = toFile('dist/src/output/capture/prefix-lines.wasm');
/** The folder of the page. */
export const PAGE_DIR = toFile('dist/src/ui/');
/** The folder of the page that shows one recording. */
export const RECORDING_PAGE_DIR = toFile('dist/src/ui/recording/');
