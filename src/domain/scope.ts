import picomatch from "picomatch";
import type { Scope } from "./workspace.js";

/** What an agent is told of its scope: the end of its prompt. */
export function scopeText({ own, never }: Scope): string {
  const list = (globs: readonly string[]): string => globs.map((glob) => `  - ${glob}`).join("\n");
  const lines = ["Files you may change (paths from the top of the repository; checked when you are done):"];
  if (own) lines.push("Only these:", list(own));
  if (never) lines.push("Never these:", list(never));
  return lines.join("\n");
}

/** Those of the changed files that the scope does not allow. */
export function outOfScope({ own, never }: Scope, files: readonly string[]): string[] {
  const isOwn = own ? fits(own) : () => true;
  const isForbidden = never ? fits(never) : () => false;
  return files.filter((file) => !isOwn(file) || isForbidden(file));
}

/**
 * As `match.files`; but a folder's name means all that is in it, and no file is hidden by a dot at the beginning of its
 * name or a line break in it.
 */
function fits(globs: readonly string[]): (file: string) => boolean {
  const all = globs.flatMap((glob) =>
    picomatch.scan(glob).isGlob ? [glob] : [glob, `${glob.replace(/\/+$/, "")}/**`],
  );
  return picomatch(all, { dot: true, flags: "s" });
}

const NAMED = 10;

/** Why an attempt that changed these is a failed one. */
export function violationText(files: readonly string[], changed: number): string {
  const named = files.slice(0, NAMED).map((file) => JSON.stringify(file));
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : "";
  return `${files.length} of ${changed} changed files are not in the role's scope: ${named.join(", ")}${more}`;
}
