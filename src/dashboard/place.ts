/**
 * Where the page is: `#/tasks?q=status:failed`. After the `#`, because `/tasks` and `/agents` themselves answer JSON
 * to scripts.
 */
export interface Place {
  /** `["tasks", "t42"]` */
  path: readonly string[];
  params: URLSearchParams;
}

export function readPlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parts = path.split("/").filter((part) => part !== "");
  return { path: parts.map(decoded), params: new URLSearchParams(query) };
}

/** The name of the page that is there: `["tasks", "t42"]` is a `task`, `["agents", "timeline"]` the `agents timeline`. */
export function pageAt([first = "", second]: readonly string[]): string {
  if (second === undefined) return first;
  if (first === "tasks") return "task";
  return first === "agents" ? `${first} ${second}` : first;
}

/** An address that somebody wrote by hand need not be well formed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param params those that are undefined or empty are left out */
export function hrefTo(path: readonly string[], params: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value);
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}
