import type { Tone } from "../words.js";

/** Line drawings on a grid of 16: of statuses, and of what can be pressed. */
const PATHS = {
  in_progress: "M8 2a6 6 0 1 0 6 6 M8 5v3l2 2",
  available: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z",
  scheduled: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M8 4.5V8l2.5 1.5",
  blocked: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M3.8 3.8l8.4 8.4",
  awaiting_approval: "M8 1.8 14.4 13.5H1.6z M8 6.2v3.4 M8 11.6v.1",
  completed: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M5.2 8.2l2 2 3.6-4.2",
  failed: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M5.8 5.8l4.4 4.4 M10.2 5.8l-4.4 4.4",
  cancelled: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M5 8h6",
  lost: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M8 4.8v3.8 M8 11v.1",
  busy: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M8 5a3 3 0 1 0 0 6 3 3 0 1 0 0-6z",
  active: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M8 2v12",
  idle: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z",
  offline: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z M5 8h6",
  paused: "M5.5 3v10 M10.5 3v10",
  resume: "M5 3l8 5-8 5z",
  overview: "M2 2.5h5v5H2z M9 2.5h5v3H9z M9 7.5h5v6H9z M2 9.5h5v4H2z",
  tasks: "M2.5 4l1 1 2-2 M2.5 8.5l1 1 2-2 M2.5 13l1 1 2-2 M8 4h6 M8 8.5h6 M8 13h6",
  agents: "M8 2.2v2 M3.5 4.5h9v8h-9z M6.2 8v.8 M9.8 8v.8 M1.5 7.5v3 M14.5 7.5v3",
  messages: "M2 3h12v8H7l-3 2.5V11H2z",
  errors: "M8 1.8 14.4 13.5H1.6z M8 6.2v3.4 M8 11.6v.1",
  again: "M13 8a5 5 0 1 1-1.5-3.6 M13.5 1.8v3h-3",
  roadmap: "M3 14V2 M3 3h9l-2 3 2 3H3",
  settings: "M2 4.5h6 M12 4.5h2 M10 2.5v4 M2 11.5h2 M8 11.5h6 M6 9.5v4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9z M10.4 10.4 14 14",
  copy: "M5.5 5.5h8v8h-8z M10.5 5.5v-3h-8v8h3",
  check: "M3 8.5l3.2 3.2L13 5",
  close: "M3.5 3.5l9 9 M12.5 3.5l-9 9",
  plus: "M8 2.5v11 M2.5 8h11",
  light:
    "M8 5a3 3 0 1 0 0 6 3 3 0 1 0 0-6z M8 1v1.6 M8 13.4V15 M1 8h1.6 M13.4 8H15 M3 3l1.1 1.1 M11.9 11.9 13 13 M13 3l-1.1 1.1 M4.1 11.9 3 13",
  dark: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z",
  system: "M2 3h12v8H2z M6 14h4 M8 11v3",
  up: "M8 13V3 M4 7l4-4 4 4",
  down: "M8 3v10 M4 9l4 4 4-4",
  follow: "M8 2v8 M4.5 7 8 10.5 11.5 7 M3 13.5h10",
  download: "M8 2v8 M4.5 7 8 10.5 11.5 7 M2.5 11v2.5h11V11",
  right: "M6 3.5 10.5 8 6 12.5",
  help: "M6 6a2 2 0 1 1 2.6 1.9c-.5.2-.6.6-.6 1.3 M8 11.8v.1 M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 1 0 0-13z",
} as const;
export type IconName = keyof typeof PATHS;

/** Only seen: what it means is said beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A sign, its word and its colour: each of them tells. */
export function Mark({ icon, tone, words }: { icon: IconName; tone: Tone; words: string }) {
  return (
    <span class={`mark tone-${tone}`}>
      <Icon name={icon} />
      <span>{words}</span>
    </span>
  );
}
