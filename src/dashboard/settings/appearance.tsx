import { theme, THEMES } from "../theme.js";
import { Icon } from "../ui/icon.js";

/** Kept by this browser. */
export const Appearance = () => (
  <section class="panel" aria-label="Appearance">
    <header class="section-head">
      <h2>Appearance</h2>
      <div class="segments wide" role="group" aria-label="Colours">
        {THEMES.map((name) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={theme.value === name}
            onClick={() => void (theme.value = name)}
          >
            <Icon name={name} />
            <span>{name}</span>
          </button>
        ))}
      </div>
    </header>
  </section>
);
