import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../dist/dashboard");
const KB = 1_000;

const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const zipped = (wanted: readonly string[]): number =>
  wanted.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);

/** What the page asks for before anything else: named in the HTML, and imported by that. */
function eager(ending: string): string[] {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  return files.filter((file) => file.endsWith(ending) && html.includes(file.slice(DIST.length + 1)));
}

it.each([
  ["JavaScript at the start", () => eager(".js"), 60],
  ["styles at the start", () => eager(".css"), 12],
  ["everything", () => files, 300],
])("%s is small enough", (_, of, most) => {
  const wanted = of();
  expect(wanted).not.toEqual([]);
  expect(zipped(wanted)).toBeLessThanOrEqual(most * KB);
});

it("the page brings no script or style in itself, and nothing from elsewhere", () => {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/i);
  expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^\.\//)]),
  );
  expect(html).not.toMatch(/https?:|"\/\//);
});
