import { signal } from "@preact/signals";
import type { Tone } from "../words.js";
import { Icon } from "./icon.js";
import { Line } from "./text.js";

interface Toast {
  tone: Tone;
  text: string;
}

const toasts = signal<readonly Toast[]>([]);
const SHOWN_MS = 6_000;
const AT_ONCE = 3;

/** Says something in passing. What went wrong stays longer. */
export function say(toast: Toast): void {
  toasts.value = [...toasts.value, toast].slice(-AT_ONCE);
  window.setTimeout(() => dismiss(toast), toast.tone === "bad" ? 2 * SHOWN_MS : SHOWN_MS);
}

const dismiss = (toast: Toast): void => void (toasts.value = toasts.value.filter((other) => other !== toast));

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map((toast) => (
        <div class={`toast tone-${toast.tone}`}>
          <Icon name={toast.tone === "bad" || toast.tone === "warn" ? "lost" : "check"} />
          <Line of={toast.text} />
          <button type="button" class="button bare" aria-label="Dismiss" onClick={() => dismiss(toast)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
