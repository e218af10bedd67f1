import { page, hrefTo } from "../router.js";
import { overview } from "../live/store.js";
import { countText } from "../format.js";
import { type Theme, theme } from "../theme.js";
import { Icon, type IconName } from "../ui/icon.js";
import { LinkState } from "./link-state.js";

interface Section {
  name: IconName & ("overview" | "tasks" | "agents" | "messages" | "errors" | "roadmap" | "settings");
  words: string;
  path: readonly string[];
}

export const SECTIONS: readonly Section[] = [
  { name: "overview", words: "Overview", path: [] },
  { name: "tasks", words: "Tasks", path: ["tasks"] },
  { name: "agents", words: "Agents", path: ["agents"] },
  { name: "messages", words: "Messages", path: ["messages"] },
  { name: "errors", words: "Errors", path: ["errors"] },
  { name: "roadmap", words: "Roadmap", path: ["roadmap"] },
  { name: "settings", words: "Settings", path: ["settings"] },
];

export function Nav({ onHelp }: { onHelp: () => void }) {
  const needed = overview.value?.attention.total ?? 0;
  return (
    <nav class="nav" aria-label="Pages">
      <a class="brand" href="#/">
        mjagent
      </a>
      <ul class="nav-pages">
        {SECTIONS.map(({ name, words, path }) => (
          <li key={name}>
            <a href={hrefTo(path)} aria-current={page.value === (path[0] ?? "") ? "page" : undefined}>
              <Icon name={name} />
              <span class="nav-words">{words}</span>
              {name === "overview" && needed > 0 && (
                <span class="badge">
                  {countText(needed)}
                  <span class="unseen"> need attention</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <a class="button primary publish" href={hrefTo(["publish"])}>
        <Icon name="plus" />
        <span>Publish</span>
      </a>
      <div class="nav-foot">
        <LinkState />
        <div class="nav-tools">
          <ThemeSwitch />
          <button type="button" class="button bare" aria-label="Keys" title="Keys (?)" onClick={onHelp}>
            <Icon name="help" />
          </button>
        </div>
      </div>
    </nav>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function ThemeSwitch() {
  const { value } = theme;
  const label = `Colours: ${value}. Change to ${NEXT[value]}`;
  return (
    <button
      type="button"
      class="button bare"
      aria-label={label}
      title={label}
      onClick={() => void (theme.value = NEXT[value])}
    >
      <Icon name={value} />
    </button>
  );
}
