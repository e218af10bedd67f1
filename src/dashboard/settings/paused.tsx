import { SaidOf } from "../agents/pauses.js";
import { overview } from "../live/store.js";
import { hrefTo } from "../router.js";
import { Mark } from "../ui/icon.js";

/** What is paused; it is changed where the agents are. */
export function Paused() {
  const paused = overview.value?.paused ?? [];
  return (
    <section class="panel" aria-label="Pauses">
      <header class="section-head">
        <h2>Pauses</h2>
        <a class="faint" href={hrefTo(["agents"])}>
          pause and resume
        </a>
      </header>
      {paused.length === 0 ? (
        <p class="faint">Nothing is paused.</p>
      ) : (
        <ul class="settings-rows">
          {paused.map((pause) => (
            <li key={pause.role}>
              <Mark icon="paused" tone="warn" words={pause.role ?? "everything"} />
              <SaidOf pause={pause} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
