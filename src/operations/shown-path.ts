import { relative, resolve } from "node:path";

/** A file as a person here would write it. */
export function shownPath(file: string): string {
  const near = relative(process.cwd(), resolve(file));
  return near === "" || near.startsWith("..") ? resolve(file) : near;
}
