import { useEffect, useRef } from "preact/hooks";
import type { TaskChange } from "./reduce.js";
import { onTasks } from "./store.js";

/**
 * Reads again when tasks have changed, and when somebody comes back to the page; several changes soon after one another
 * are one reading.
 * @param ms from the first change until it is read
 * @param isMeant whether what was read may have changed with it
 */
export function useReread(again: () => void, ms: number, isMeant: (change: TaskChange) => boolean = () => true): void {
  const newest = useRef({ again, isMeant });
  newest.current = { again, isMeant };
  useEffect(() => {
    let timer: number | undefined;
    const forget = onTasks((changes) => {
      if (changes?.some(newest.current.isMeant) === false) return;
      timer ??= window.setTimeout(() => {
        timer = undefined;
        newest.current.again();
      }, ms);
    });
    return () => {
      forget();
      window.clearTimeout(timer);
    };
  }, []);
}

/** Reads again from time to time while the page is looked at: of what nothing tells it. @param of what is read */
export function useRereadEvery(again: () => void, ms: number, of: string): void {
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (document.visibilityState === "visible") again();
    }, ms);
    return () => window.clearInterval(timer);
  }, [of]);
}
