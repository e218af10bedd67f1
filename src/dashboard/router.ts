import { computed, signal } from "@preact/signals";
import { readPlace } from "./place.js";

export { hrefTo } from "./place.js";

const hash = signal(location.hash);

export const place = computed(() => readPlace(hash.value));
export const page = computed(() => place.value.path[0] ?? "");

/** Goes there; `replace`: without a step back to where the page was. */
export function go(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  hash.value = location.hash;
}

/** Follows the address bar and the back button. To be called once. */
export function followAddress(): void {
  const read = (): void => void (hash.value = location.hash);
  window.addEventListener("hashchange", read);
  window.addEventListener("popstate", read);
}
