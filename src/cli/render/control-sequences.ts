/**
 * Makes a task's output safe to show on a terminal: colour stays, every other control is written out where it stands. Output
 * could else set the title, the clipboard or the cursor, or make the terminal type an answer (CVE-2021-25743). Nothing is
 * left out, so that nobody can hide a line.
 */

/** Select Graphic Rendition: colour, bold and the like. Nothing else ends in `m`, and real ones are short. */
const SGR = '\\u001b\\[[0-9;:]{0,64}m';

/** C0 controls but tab and newline, DEL, C1 controls, and the marks that turn the direction of text (Trojan Source, CVE-2021-42574). */
const CONTROL = '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]';

const PATTERN = new RegExp(`(${SGR})|${CONTROL}`, 'g');
/** Whether there is anything to do: most lines are plain, and a test is cheaper than a replacement. */
const SUSPECT = new RegExp(CONTROL);
const ENDS_OF_LINES = /\r(?=\n|$)/g;
const RESET = '\u001b[0m';

/**
 * `text`, which may hold several lines, with controls as `^[`, `^M` or `\u202e`. The carriage return before a newline goes; a
 * line that sets a colour ends with a reset, so that it colours nothing after it.
 */
export function neutralise(text: string): string {
  return SUSPECT.test(text) ? text.replace(ENDS_OF_LINES, '').split('\n').map(neutraliseLine).join('\n') : text;
}

function neutraliseLine(line: string): string {
  let isColored = false;
  const safe = line.replace(PATTERN, (control, sgr: string | undefined) => {
    if (sgr === undefined) return toVisible(control);
    isColored = true;
    return sgr;
  });
  return isColored ? safe + RESET : safe;
}

/** Caret notation for ASCII, as terminals echo it; an escape for the rest. */
function toVisible(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '^?';
  return code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
