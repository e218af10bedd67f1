import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { hrefTo, pageAt, readPlace } from "../../src/dashboard/place.js";
import { everything, formatQuery, parseQuery, QUERY_KEYS, toBody, toParams } from "../../src/dashboard/query/query.js";
import { fitting, meantBy, toggled } from "../../src/dashboard/tasks/selection.js";
import type { TaskRow } from "../../src/dashboard/wire.js";

it.each([
  ["", {}],
  ["login page", { text: "login page" }],
  ["status:failed", { status: ["failed"] }],
  ["status:failed,cancelled agent:Debbie", { status: ["failed", "cancelled"], agent: ["Debbie"] }],
  ['agent:"Doc Brown" status:in-progress', { agent: ["Doc Brown"], status: ["in_progress"] }],
  ["STATUS:Failed status:failed", { status: ["failed"] }],
  ["status:await", { status: ["awaiting_approval"] }],
  ["priority:urgent tag:a tag:b role:x type:t", { priority: ["urgent"], tag: ["a", "b"], role: ["x"], type: ["t"] }],
  ["since:1h", { since: "1h" }],
  ["since:2026-01-31 about", { since: "2026-01-31", text: "about" }],
  ["https://example.org", { text: "https://example.org" }],
  ['"status:failed" note', { text: "status:failed note" }],
  ["fingerprint:ab12", { fingerprint: "ab12" }],
  ["status: since: agent:", {}],
])("reads %j", (written, meant) => {
  expect(parseQuery(written)).toEqual({ query: { ...everything, ...meant }, problems: [] });
});

it.each([
  ["status:lost", /^status:lost is none of in_progress, /],
  ["priority:9", /^priority:9 is none of urgent, /],
  ["since:soon", /^since:soon is neither a duration/],
])("says what is wrong with %j, and takes the rest", (written, problem) => {
  const { query, problems } = parseQuery(`${written} about`);
  expect(query).toEqual({ ...everything, text: "about" });
  expect(problems).toEqual([expect.stringMatching(problem)]);
});

it.each([
  "",
  "status:failed,cancelled about the page",
  'agent:Debbie,"Doc Brown"'.replace(',"', ' agent:"'),
  "type:design fingerprint:ab since:1h login",
])("writes %j as it was", (written) => {
  expect(formatQuery(parseQuery(written).query)).toBe(written);
});

it("counts a duration back from now", () => {
  const { query } = parseQuery("status:failed,completed since:1h a b");
  const body = toBody(query, Date.parse("2030-01-01T12:00:00Z"));
  expect(body).toEqual({ status: ["failed", "completed"], since: "2030-01-01T11:00:00.000Z", q: "a b" });
  expect(toParams(body).toString()).toBe("status=failed&status=completed&since=2030-01-01T11%3A00%3A00.000Z&q=a+b");
});

it.each([
  ["", [], {}],
  ["#/", [], {}],
  ["#/tasks?q=status%3Afailed+a%26b&sort=cost", ["tasks"], { q: "status:failed a&b", sort: "cost" }],
  ["#/messages/tasks.failed", ["messages", "tasks.failed"], {}],
  ["#/tasks/%E0%A4%A", ["tasks", "%E0%A4%A"], {}],
])("reads the address %j", (hash, path, params) => {
  const place = readPlace(hash);
  expect(place.path).toEqual(path);
  expect(Object.fromEntries(place.params)).toEqual(params);
});

it.each([
  [[], ""],
  [["tasks"], "tasks"],
  [["tasks", "t42"], "task"],
  [["agents"], "agents"],
  [["agents", "timeline"], "agents timeline"],
  [["messages", "general"], "messages"],
])("%j is the page %j", (path, page) => {
  expect(pageAt(path)).toBe(page);
});

it("writes addresses that it reads the same", () => {
  const { path, params } = readPlace(
    hrefTo(["messages", "a/b?c"], { q: 'agent:"Doc Brown" 100%', sort: "", order: undefined }),
  );
  expect(path).toEqual(["messages", "a/b?c"]);
  expect([...params]).toEqual([["q", 'agent:"Doc Brown" 100%']]);
});

const guide = readFileSync(new URL("../../docs/dashboard.md", import.meta.url), "utf8");
it.each(QUERY_KEYS)("docs/dashboard.md tells of %s:", (key) => {
  expect(guide).toContain(`\`${key}:`);
});

const rows = [
  { task_id: "a", status: "failed" },
  { task_id: "b", status: "in_progress" },
  { task_id: "c", status: "awaiting_approval" },
] as TaskRow[];

it("of what is selected, takes what a verb can be done to", () => {
  const all = new Set(["a", "b", "c"]);
  expect(fitting("retry", all, rows)).toEqual(["a"]);
  expect(fitting("cancel", all, rows)).toEqual(["b", "c"]);
  expect(fitting("approve", new Set(["a"]), rows)).toEqual([]);
  expect(toggled("all", "b", rows)).toEqual(new Set(["a", "c"]));
});

it.each([
  ["retry", [], ["failed"]],
  ["retry", ["cancelled", "completed"], ["cancelled"]],
  ["approve", ["failed"], []],
  ["approve", [], ["awaiting_approval"]],
] as const)("%s of all that match %j means %j", (verb, status, meant) => {
  expect(meantBy(verb, { status: [...status] })).toEqual(meant);
});
