import { cp, readFile, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Place } from "./place.js";

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLE = join(ROOT, "examples/website");
const MADE_BY_RUNNING = ["pages", "public", "node_modules"];

/** Puts a copy of examples/website into a place's project; returns a reader of its files. */
export async function copyWebsite(place: Place): Promise<(file: string) => Promise<string>> {
  await cp(EXAMPLE, place.folder, {
    recursive: true,
    filter: (source) => !MADE_BY_RUNNING.includes(relative(EXAMPLE, source)),
  });
  await symlink(join(ROOT, "node_modules"), join(place.folder, "node_modules"));
  return (file) => readFile(join(place.folder, file), "utf8");
}
