import { overview } from "../live/store.js";
import { hrefTo } from "../router.js";
import { Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

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
          {paused.map(({ role, by, at, reason }) => (
            <li key={role}>
              <Mark icon="paused" tone="warn" words={role ?? "everything"} />
              <span class="faint">
                <Age of={at} suffix=" ago" /> by <Line of={by} />
                {reason && (
                  <>
                    : <Line of={reason} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
