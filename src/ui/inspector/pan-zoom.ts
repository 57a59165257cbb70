/** Which part of a picture is seen, and how large: what matters at first, then as wheel, pointer, fingers and keys say. Draws nothing. */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** A picture's place: its origin in the room, and its scale. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A rectangle. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Room {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 12;
/** Below it text cannot be read: what does not fit is not all shown then. */
const READABLE = 0.8;
const LARGEST_FIT = 1.2;
const SCALES = { least: 0.1, most: 4 } as const;
const ZOOM_STEP = 1.25;
const PAN_STEP = 60;

/** What decides where a picture is: what is active in it, all of it, or a hand that moved it. */
export type Mode = 'active' | 'all' | 'moved';

/** What the picture is shown with. */
export interface PanZoom {
  /** The element that it is shown in. */
  readonly room: { current: HTMLDivElement | null };
  readonly view: ReadonlySignal<View>;
  /** What decides where the picture is. */
  readonly mode: ReadonlySignal<Mode>;
  /** Whether all of it can be seen at once and read. */
  readonly fits: ReadonlySignal<boolean>;
  readonly show: (mode: 'active' | 'all') => void;
  readonly zoom: (factor: number) => void;
  readonly onWheel: (event: WheelEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  /** @returns whether the key meant something */
  readonly onKey: (key: string) => boolean;
}

/** Shows a picture of this size. Until somebody moves it, it fits; one that is too large for that is shown where `focus` is, wherever that goes. */
export function usePanZoom(size: Room, focus: Area | undefined): PanZoom {
  const room = useRef<HTMLDivElement>(null);
  const view = useSignal<View>({ x: 0, y: 0, scale: 1 });
  const mode = useSignal<Mode>('active');
  const fits = useSignal(true);
  const latest = useRef({ size, focus });
  latest.current = { size, focus };
  const place = (): void => {
    const area = room.current;
    if (area === null || mode.value === 'moved') return;
    const space = { width: area.clientWidth, height: area.clientHeight };
    const whole = fitting(latest.current.size, space);
    fits.value = whole >= READABLE;
    view.value = toPlaced(latest.current, space, mode.value === 'all' ? whole : Math.max(whole, READABLE));
  };
  useEffect(() => {
    if (room.current === null) return;
    const watcher = new ResizeObserver(place);
    watcher.observe(room.current);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    mode.value = 'active';
  }, [size.width, size.height]);
  useLayoutEffect(place, [size.width, size.height, focus?.x, focus?.y]);
  const move = (next: View): void => {
    mode.value = 'moved';
    view.value = next;
  };
  const show = (what: 'active' | 'all'): void => {
    mode.value = what;
    place();
  };
  return { room, view, mode, fits, show, ...actionsOf(room, view, move) };
}

function actionsOf(room: PanZoom['room'], view: ReadonlySignal<View>, move: (view: View) => void) {
  const zoom = (factor: number): void => {
    const { clientWidth = 0, clientHeight = 0 } = room.current ?? {};
    move(toZoomed(view.value, factor, clientWidth / 2, clientHeight / 2));
  };
  const pan = (x: number, y: number): void => move({ ...view.value, x: view.value.x + x, y: view.value.y + y });
  return {
    zoom,
    ...pointerActions(room, view, move, pan),
    onWheel: (event: WheelEvent): void => {
      event.preventDefault();
      const { left = 0, top = 0 } = room.current?.getBoundingClientRect() ?? {};
      move(toZoomed(view.value, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - left, event.clientY - top));
    },
    onKey: (key: string): boolean => {
      const act = KEYS[key];
      if (act === undefined) return false;
      if (typeof act === 'number') zoom(act);
      else pan(...act);
      return true;
    },
  };
}

/** Each key moves by so much, or enlarges so much. */
const KEYS: Readonly<Record<string, number | readonly [number, number]>> = {
  '+': ZOOM_STEP,
  '=': ZOOM_STEP,
  '-': 1 / ZOOM_STEP,
  ArrowLeft: [PAN_STEP, 0],
  ArrowRight: [-PAN_STEP, 0],
  ArrowUp: [0, PAN_STEP],
  ArrowDown: [0, -PAN_STEP],
};

/** One pointer moves the picture, two also enlarge it. */
function pointerActions(
  room: PanZoom['room'],
  view: ReadonlySignal<View>,
  move: (view: View) => void,
  pan: (x: number, y: number) => void,
) {
  const pointers = useRef(new Map<number, PointerEvent>()).current;
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.button !== 0) return;
      room.current?.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
    },
    onPointerMove: (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      pointers.set(event.pointerId, event);
      const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
      if (other === undefined) return pan(event.clientX - before.clientX, event.clientY - before.clientY);
      const { left = 0, top = 0 } = room.current?.getBoundingClientRect() ?? {};
      const factor = distance(event, other) / Math.max(1, distance(before, other));
      move(toZoomed(view.value, factor, (event.clientX + other.clientX) / 2 - left, (event.clientY + other.clientY) / 2 - top));
    },
    onPointerUp: (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
    },
  };
}

const distance = (one: PointerEvent, other: PointerEvent): number => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);

/** Enlarged about a point of the room, which stays where it is. */
function toZoomed({ x, y, scale }: View, factor: number, atX: number, atY: number): View {
  const next = Math.min(SCALES.most, Math.max(SCALES.least, scale * factor));
  const by = next / scale;
  return { x: atX - (atX - x) * by, y: atY - (atY - y) * by, scale: next };
}

/** The scale at which all of a picture is seen. */
const fitting = (size: Room, room: Room): number =>
  Math.max(SCALES.least / 4, Math.min((room.width - 2 * MARGIN) / size.width, (room.height - 2 * MARGIN) / size.height, LARGEST_FIT));

/** The picture in the middle; or, where it is too large, what matters in the middle. */
function toPlaced({ size, focus }: { readonly size: Room; readonly focus: Area | undefined }, room: Room, scale: number): View {
  const middle = focus ?? { x: 0, y: 0, width: size.width, height: 0 };
  return {
    scale,
    x: along(size.width * scale, room.width, (middle.x + middle.width / 2) * scale),
    y: along(size.height * scale, room.height, (middle.y + middle.height / 2) * scale),
  };
}

/** Where a length begins: in the middle where it fits, else so that the point is in the middle and no room is left free at an end. */
function along(length: number, room: number, point: number): number {
  if (length + 2 * MARGIN <= room) return (room - length) / 2;
  return Math.min(MARGIN, Math.max(room - length - MARGIN, room / 2 - point));
}
