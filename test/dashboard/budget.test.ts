import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../dist/dashboard");
const KB = 1_000;

const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const zipped = (wanted: readonly string[]): number =>
  wanted.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);

const html = readFileSync(join(DIST, "index.html"), "utf8");
const named = (text: string): string[] => files.filter((file) => text.includes(basename(file)));

/** What is imported without being asked for, and what that imports. */
function withImports(wanted: readonly string[]): string[] {
  const known = new Set(wanted);
  for (const file of known) {
    if (!file.endsWith(".js")) continue;
    const imports = readFileSync(file, "utf8").match(/\b(?:from|import)\s*["'`][^"'`]+["'`]/g) ?? [];
    for (const imported of named(imports.join("\n"))) known.add(imported);
  }
  return [...known];
}

/** What the overview, the first page there is, needs: what the HTML names, and the page's own with its picture. */
function eager(ending: string): string[] {
  const overview = files.filter((file) => /\/overview-[^/]*\.(js|css)$/.test(file));
  const own = overview.flatMap((file) => [file, ...named(readFileSync(file, "utf8"))]);
  return withImports([...named(html), ...own]).filter((file) => file.endsWith(ending));
}

const everything = (): string[] => files;

it.each([
  ["JavaScript at the start", () => eager(".js"), 60],
  ["styles at the start", () => eager(".css"), 12],
  ["everything", everything, 300],
])("%s is small enough", (_, of, most) => {
  const wanted = of();
  expect(wanted).not.toEqual([]);
  // The picture is the largest of its parts, and comes last.
  if (of !== everything) expect(wanted.join()).toMatch(/chart-/);
  expect(zipped(wanted)).toBeLessThanOrEqual(most * KB);
});

it("the page brings no script or style in itself, and nothing from elsewhere", () => {
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/i);
  expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^\.\//)]),
  );
  expect(html).not.toMatch(/https?:|"\/\//);
});
