import {
  elementScroll,
  measureElement,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

export interface Window {
  items: VirtualItem[];
  /** Of all rows, px. */
  height: number;
  /** To be given each row, when their heights differ. */
  measure: (row: Element | null) => void;
  scrollTo: (index: number) => void;
}

/** The part of a long list that is on the screen. @param rowHeight in px; of rows of differing heights, about */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  overscan = 4,
): Window {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  // First what is on the screen; what is beside it does not keep that waiting.
  const [isFirst, setFirst] = useState(true);
  useEffect(() => setFirst(false), []);
  const virtual = useRef<Virtualizer<HTMLElement, Element> | undefined>(undefined);
  const options = {
    count,
    overscan: isFirst ? 0 : overscan,
    estimateSize: () => rowHeight,
    getScrollElement: () => scroller.current,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    measureElement,
    onChange: () => redraw(0),
  };
  virtual.current ??= new Virtualizer(options);
  const { current } = virtual;
  current.setOptions(options);
  useLayoutEffect(() => current._didMount(), []);
  useLayoutEffect(() => current._willUpdate());
  const known = useRef(rowHeight);
  if (known.current !== rowHeight) {
    known.current = rowHeight;
    current.measure();
  }
  return {
    items: current.getVirtualItems(),
    height: current.getTotalSize(),
    measure: (row) => current.measureElement(row),
    scrollTo: (index) => current.scrollToIndex(index, { align: "auto" }),
  };
}
