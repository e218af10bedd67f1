/** A file that an attempt handed in, as it is kept. */
export interface Artifact {
  /** Its path from the working folder, with `/` between. */
  name: string;
  size: number;
  media_type: string;
  attempt: number;
  epoch: number;
  agent_id: string;
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
  /** Its name in the object store. */
  object: string;
  stored_at: string;
}

/** What one attempt may hand in: so many files, of so many bytes together. */
export const ARTIFACT_LIMITS = { files: 100, bytes: 32 * 1024 * 1024 };

/** Of what was left out, so much is told. */
const TOLD = 20;

/** The first of them, and how many more there are. */
export const leftOutTexts = (leftOut: readonly string[]): string[] =>
  leftOut.length <= TOLD ? [...leftOut] : [...leftOut.slice(0, TOLD), `and ${leftOut.length - TOLD} more`];

/** An artifact may be elsewhere: then it is a link, and no file of the working folder. */
export const isLink = (name: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(name);

/** Whether a name leads to a file below a folder, wherever that is: it comes from a store that others write, too. */
export const isInside = (name: string): boolean =>
  !name.includes("\0") &&
  !name.includes("\\") &&
  name.split("/").every((part) => part !== "" && part !== "." && part !== "..") &&
  !/^[A-Za-z]:/.test(name);

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ...{
    html: "text/html",
    htm: "text/html",
    css: "text/css",
    txt: "text/plain",
    log: "text/plain",
    md: "text/markdown",
  },
  ...{ csv: "text/csv", js: "text/javascript", mjs: "text/javascript", diff: "text/x-diff", patch: "text/x-diff" },
  ...{ json: "application/json", xml: "application/xml", yaml: "application/yaml", yml: "application/yaml" },
  ...{ pdf: "application/pdf", zip: "application/zip", gz: "application/gzip", tar: "application/x-tar" },
  ...{ wasm: "application/wasm", jsonl: "application/jsonl", png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg" },
  ...{
    gif: "image/gif",
    webp: "image/webp",
    avif: "image/avif",
    svg: "image/svg+xml",
    ico: "image/vnd.microsoft.icon",
  },
  ...{ mp3: "audio/mpeg", wav: "audio/wav", mp4: "video/mp4", webm: "video/webm", woff2: "font/woff2" },
};

/** The media type that the name of a file stands for. */
export function mediaTypeOf(name: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return (Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined) ?? "application/octet-stream";
}

/** Of several with one name the last attempt's; by name. */
export function newestOfEach(artifacts: readonly Artifact[]): Artifact[] {
  const newest = new Map<string, Artifact>();
  for (const artifact of artifacts) {
    if (artifact.epoch >= (newest.get(artifact.name)?.epoch ?? 0)) newest.set(artifact.name, artifact);
  }
  return [...newest.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** A number of bytes for people: `912 B`, `1.5 KiB`, `2.0 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
