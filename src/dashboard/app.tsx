import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Banner } from "./shell/banner.js";
import { Help } from "./shell/help.js";
import { Lazy, type Loader, read, readAhead } from "./shell/lazy.js";
import { Nav, SECTIONS } from "./shell/nav.js";
import { useKeys } from "./keys.js";
import { isKnown } from "./live/store.js";
import { pageAt } from "./place.js";
import { go, hrefTo, place } from "./router.js";
import { Asking } from "./steer/asking.js";
import { Toasts } from "./ui/toast.js";

const nowhere: Loader = () => import("./pages/nowhere.js");

const PAGES: ReadonlyMap<string, Loader> = new Map([
  ["", () => import("./pages/overview.js")],
  ["tasks", () => import("./pages/tasks.js")],
  ["task", () => import("./pages/task.js")],
  ["agents", () => import("./pages/agents.js")],
  ["agents timeline", () => import("./pages/timeline.js")],
  ["agents flow", () => import("./pages/flow.js")],
  ["messages", () => import("./pages/messages.js")],
  ["errors", () => import("./pages/errors.js")],
  ["roadmap", () => import("./pages/roadmap.js")],
  ["settings", () => import("./pages/settings.js")],
  ["publish", () => import("./pages/publish.js")],
]);

export function App() {
  const helping = useSignal(false);
  useKeys({
    "?": () => void (helping.value = true),
    "/": () => go(hrefTo(["tasks"], { find: "1" })),
    p: () => go(hrefTo(["publish"])),
    ...Object.fromEntries(SECTIONS.map(({ name, path }) => [`g ${name[0] ?? ""}`, () => go(hrefTo(path))])),
  });
  const title = titleOf();
  useEffect(() => void (document.title = title), [title]);
  const isLetIn = isKnown.value;
  useEffect(() => {
    if (isLetIn) void readAhead(PAGES.values());
  }, [isLetIn]);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Nav onHelp={() => void (helping.value = true)} />
      <div class="body">
        <Banner />
        <main id="main" tabIndex={-1}>
          <Page />
        </main>
      </div>
      {helping.value && <Help onClose={() => void (helping.value = false)} />}
      <Asking />
      <Toasts />
    </div>
  );
}

function skip(event: Event): void {
  // The part of the address after the # says which page this is.
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function titleOf(): string {
  const [first, second] = place.value.path;
  const section = SECTIONS.find(({ path }) => (path[0] ?? "") === (first ?? ""));
  const name = section?.words ?? (first === "publish" ? "Publish" : "Not found");
  return `${second === undefined ? "" : `${second} · `}${name} · mjagent`;
}

const loaderAt = (path: readonly string[]): Loader => PAGES.get(pageAt(path)) ?? nowhere;

/** Begins to read the code of the page that is to be shown first, before anything is drawn. */
export const readFirst = (): void => void read(loaderAt(place.value.path)).catch(() => undefined);

function Page() {
  const { path } = place.value;
  return <Lazy key={pageAt(path)} load={loaderAt(path)} />;
}
