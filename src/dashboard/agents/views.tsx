import { hrefTo } from "../router.js";

const VIEWS = {
  grid: { path: ["agents"], view: "" },
  table: { path: ["agents"], view: "table" },
  timeline: { path: ["agents", "timeline"], view: "" },
  flow: { path: ["agents", "flow"], view: "" },
} as const;
type View = keyof typeof VIEWS;

/** The ways to look at the agents, each with an address of its own. @param q what is searched for, where it is kept */
export const Views = ({ shown, q = "" }: { shown: View; q?: string }) => (
  <nav class="segments" aria-label="Views of the agents">
    {Object.entries(VIEWS).map(([name, { path, view }]) => (
      <a
        key={name}
        class="button"
        href={hrefTo(path, { q: path.length === 1 ? q : "", view })}
        aria-current={name === shown ? "page" : undefined}
      >
        {name}
      </a>
    ))}
  </nav>
);
