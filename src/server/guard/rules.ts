import type { IncomingHttpHeaders } from "node:http";

/** What the guard looks at before it asks who it is. */
export interface Approach {
  method: string;
  headers: IncomingHttpHeaders;
  /** A page, a script, a picture: what holds no data and does nothing. */
  isPage: boolean;
  isUpgrade: boolean;
}

/** Why a request is not let in, and the HTTP status that says so. */
export interface Refusal {
  status: 403 | 415 | 421;
  what: string;
  why: string;
  hint: string;
}

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

export const isReading = (method: string): boolean => READING.has(method);

/**
 * What a request must be like, whoever sends it: meant for this host, from no page but our own, and no form when it
 * changes something. Pure.
 * @returns null: it may pass
 */
export function refusalOf(approach: Approach, hosts: ReadonlySet<string>): Refusal | null {
  const { method, headers, isUpgrade } = approach;
  const host = headers.host?.toLowerCase() ?? "";
  if (!hosts.has(host)) {
    return {
      status: 421,
      what: `this is not ${host === "" ? "a host without a name" : JSON.stringify(host)}`,
      why: "a name that somebody else made point here could carry a page of theirs",
      hint: `use http://${[...hosts][0] ?? ""}, or start it for that name: mjagent serve --host NAME`,
    };
  }
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`)
    return foreign(`a page of ${JSON.stringify(origin)}`);
  if (!isFromHere(approach)) return foreign("a page of another site");
  if (!isReading(method) && !isUpgrade && mediaType(headers) !== "application/json") {
    return {
      status: 415,
      what: `${method} takes JSON`,
      why: `its content type is ${mediaType(headers) === "" ? "not given" : JSON.stringify(mediaType(headers))}`,
      hint: "send the header content-type: application/json",
    };
  }
  return null;
}

const foreign = (who: string): Refusal => ({
  status: 403,
  what: `${who} may not ask`,
  why: "only the coordinator's own page and programs with a token may",
  hint: "open the dashboard itself: mjagent serve link",
});

/**
 * Browsers say where a request comes from, and no page can change that. `same-site` is not enough: other ports of this
 * host are the same site. `none` is a person at the address bar, who reads.
 */
function isFromHere({ headers, method, isPage, isUpgrade }: Approach): boolean {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin") return true;
  if (isUpgrade || !isReading(method)) return false;
  return site === "none" || (isPage && headers["sec-fetch-mode"] === "navigate");
}

const mediaType = (headers: IncomingHttpHeaders): string =>
  (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
