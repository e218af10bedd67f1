import { signal } from "@preact/signals";

/** As the styles have it: rows become cards. */
const query = matchMedia("(max-width: 720px)");
const narrow = signal(query.matches);
query.addEventListener("change", () => void (narrow.value = query.matches));

export const useNarrow = (): boolean => narrow.value;
