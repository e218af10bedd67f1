import { signal } from "@preact/signals";
import { theme } from "../theme.js";

const query = matchMedia("(prefers-color-scheme: dark)");
const dark = signal(query.matches);
query.addEventListener("change", () => void (dark.value = query.matches));

/** Changes with the colours of the page, for what is drawn and not styled. */
export const useColours = (): string => `${theme.value} ${dark.value}`;
