/** Recordings from and to files of the one who looks: text in, text out, by what a browser gives for it. Asks no server. */
import type { Line, MachineFrame } from '../../trace/frame.ts';
import { formatRecording, parseRecording, RecordingError, toRecording, type Recording } from '../../trace/recording.ts';
import type { Layouts } from './layouts.ts';

/** What the page of a recording keeps its lines in: a list, in which no text can end the element. */
const DATA = /<script type="application\/json" id="recording">([^<]*)<\/script>/;

/** Reads a file: a recording, or a page that holds one, which is not run. @throws RecordingError */
export async function readRecording(file: File): Promise<Recording> {
  const text = await file.text();
  return /^\s*<!doctype html/i.test(text) ? parseList(DATA.exec(text)?.[1]) : parseRecording(text);
}

/** The recording that the page at hand holds. @throws RecordingError where it holds none */
export const ownRecording = (): Recording => parseList(document.getElementById('recording')?.textContent);

function parseList(text: string | null | undefined): Recording {
  if (text === undefined || text === null) throw new RecordingError('This page holds no recording.');
  let lines: unknown;
  try {
    lines = JSON.parse(text);
  } catch (error) {
    throw new RecordingError('The recording in this page is torn.', { cause: error });
  }
  if (!Array.isArray(lines)) throw new RecordingError('The recording in this page is no list of lines.');
  return toRecording(lines as readonly Line[]);
}

/** The lines as a file, with the layouts that are known, so that it can be looked at where nothing lays out machines. */
export function toFile(lines: readonly Line[], layouts: Layouts): Blob {
  const withLayout = <T extends Pick<MachineFrame, 'g' | 'l'>>(machine: T): T => {
    const state = layouts.of(machine).value;
    return state.kind === 'known' ? { ...machine, l: state.layout } : machine;
  };
  const whole = lines.map((line): Line => {
    if (line.k === 'hello') return { ...line, machines: line.machines.map(withLayout) };
    return line.k === 'machine' ? withLayout(line) : line;
  });
  return new Blob([formatRecording(whole)], { type: 'application/x-ndjson' });
}

/** Gives a file to the one who looks. */
export function offer(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken it when the click was handled.
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** A name for a file: what was looked at, and when. */
export const toFileName = (title: string, ending: string): string =>
  `${title.replace(/[^\w.-]+/g, '-')}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${ending}`;
