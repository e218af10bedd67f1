import { useLayoutEffect, useRef } from "preact/hooks";

/** What the keys do, as `?` lists it. */
export const KEYS: readonly (readonly [key: string, does: string])[] = [
  ["/", "search the tasks"],
  ["j  k", "next, previous in a list"],
  ["Enter", "open"],
  ["x", "select in a list"],
  ["r", "retry"],
  ["c", "cancel"],
  ["a", "approve"],
  ["p", "publish a task"],
  ["+  -  0", "zoom the timeline, and see all of it"],
  ["g o  g t  g a  g m  g e  g r  g s", "go to overview, tasks, agents, messages, errors, roadmap, settings"],
  ["?", "this list"],
];

/** A dialog that was closed has the focus until the page is drawn again. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest("input:not([type=checkbox]), textarea, select, dialog[open]") !== null;

type Acts = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** The newest first: what a page does at a key goes before what the whole does. */
const listening: { acts: Acts }[] = [];
const PREFIX = "g";
let afterPrefix = false;

/** To be called once. */
export function followKeys(): void {
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    const key = afterPrefix ? `${PREFIX} ${event.key}` : event.key;
    afterPrefix = key === PREFIX;
    const act = listening.find(({ acts }) => acts[key])?.acts[key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}

/**
 * Does something at a key, or at two such as `g t`, while the component is there: not while somebody types, and not
 * what the browser means by it with Ctrl or Alt.
 */
export function useKeys(acts: Acts): void {
  const mine = useRef({ acts });
  mine.current.acts = acts;
  // With what is drawn: a key that is shown works, however soon it is pressed.
  useLayoutEffect(() => {
    const { current } = mine;
    listening.unshift(current);
    return () => void listening.splice(listening.indexOf(current), 1);
  }, []);
}
