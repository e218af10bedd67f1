import { useSignal } from "@preact/signals";
import { say } from "./toast.js";
import { Icon } from "./icon.js";

const SHOWN_MS = 1_500;

/** Copies a text; `label` says which to those who do not see the sign. */
export function CopyButton({ text, label, words }: { text: string; label: string; words?: string }) {
  const done = useSignal(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      done.value = true;
      window.setTimeout(() => void (done.value = false), SHOWN_MS);
    } catch {
      // Of a page that did not come over https or from this machine, browsers keep the clipboard.
      say({ tone: "warn", text: "the browser does not let this page copy: select the text instead" });
    }
  };
  return (
    <button
      type="button"
      class={words ? "button" : "button bare"}
      aria-label={words ? undefined : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={done.value ? "check" : "copy"} />
      {words && <span>{done.value ? "Copied" : words}</span>}
    </button>
  );
}

/** A command as it is typed, and a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <span class="command">
      <code>{text}</code>
      <CopyButton text={text} label={`Copy ${text}`} />
    </span>
  );
}
