import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** A place in the window of the bars: `x` from its left edge, `y` from the top of all lanes, px. */
interface Point {
  x: number;
  y: number;
}

interface Acts {
  pan: (by: number) => void;
  zoom: (factor: number, at: number) => void;
  /** Null: nowhere. */
  point: (at: Point | null) => void;
  press: (at: Point) => void;
}

/** Less is a click with an unsteady hand. */
const DRAG_PX = 4;
const LINE_PX = 16;
/** A notch of a wheel is 100 or more, a step of a pinch a few. */
const WHEEL_MOST = 25;
const ZOOM_PER_PX = 0.01;

/** Drag, wheel and pinch over the bars. @param labels px at the left that are not theirs */
export function useGestures(place: RefObject<HTMLElement | null>, labels: number, acts: Acts): void {
  const newest = useRef({ labels, acts });
  newest.current = { labels, acts };
  useLayoutEffect(() => {
    const { current: element } = place;
    if (!element) return;
    const end = new AbortController();
    const down = new Map<number, { x: number; y: number }>();
    let isDrag = false;
    const pointOf = (event: MouseEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left - newest.current.labels, y: event.clientY - box.top + element.scrollTop };
    };
    const drag = (event: PointerEvent, before: { x: number; y: number }): void => {
      const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const [other] = others;
      if (other) {
        const was = Math.hypot(before.x - other.x, before.y - other.y);
        const is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
        const middle = (event.clientX + other.x) / 2 - element.getBoundingClientRect().left;
        if (was > 0 && is > 0) newest.current.acts.zoom(is / was, middle - newest.current.labels);
      } else {
        newest.current.acts.pan(before.x - event.clientX);
        if (event.pointerType === "mouse") element.scrollTop += before.y - event.clientY;
      }
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    };
    const listen = <K extends keyof HTMLElementEventMap>(name: K, act: (event: HTMLElementEventMap[K]) => void): void =>
      element.addEventListener(name, act, { signal: end.signal, passive: false });
    listen("pointerdown", (event) => {
      if (event.button !== 0 || pointOf(event).x < 0) return;
      if (down.size === 0) isDrag = false;
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    listen("pointermove", (event) => {
      const before = down.get(event.pointerId);
      if (!before) {
        const at = pointOf(event);
        newest.current.acts.point(at.x < 0 ? null : at);
        return;
      }
      const far = Math.hypot(event.clientX - before.x, event.clientY - before.y);
      if (!isDrag && far < DRAG_PX && down.size === 1) return;
      if (!isDrag) element.setPointerCapture(event.pointerId);
      isDrag = true;
      newest.current.acts.point(null);
      drag(event, before);
    });
    const lift = (event: PointerEvent): void => void down.delete(event.pointerId);
    listen("pointerup", (event) => {
      if (down.has(event.pointerId) && !isDrag) newest.current.acts.press(pointOf(event));
      lift(event);
    });
    listen("pointercancel", lift);
    listen("pointerleave", () => newest.current.acts.point(null));
    listen("wheel", (event) => {
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
      const [across, along] = [event.deltaX * unit, event.deltaY * unit];
      if (event.ctrlKey) {
        const by = Math.min(WHEEL_MOST, Math.max(-WHEEL_MOST, along));
        newest.current.acts.zoom(Math.exp(-by * ZOOM_PER_PX), pointOf(event).x);
      } else if (event.shiftKey || Math.abs(across) > Math.abs(along)) newest.current.acts.pan(across || along);
      else if (element.scrollHeight <= element.clientHeight) newest.current.acts.pan(along);
      // The lanes that are further down.
      else return;
      event.preventDefault();
    });
    return () => end.abort();
  }, []);
}
