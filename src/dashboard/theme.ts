import { effect, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "mjagent-theme";
const isTheme = (text: string | null): text is Theme => THEMES.some((theme) => theme === text);

const kept = localStorage.getItem(KEY);
export const theme = signal<Theme>(isTheme(kept) ? kept : "system");

effect(() => {
  localStorage.setItem(KEY, theme.value);
  document.documentElement.dataset["theme"] = theme.value;
});
