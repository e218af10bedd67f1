import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { type Coordinator, startCoordinator } from "./stand.js";

let at: Coordinator;
beforeAll(async () => void (at = await startCoordinator()));
afterAll(() => at[Symbol.asyncDispose]());

const task = { title: "Design the about page", type: "design" };
const cookieOf = (setCookie: string[] | undefined): string => setCookie?.[0]?.split(";")[0] ?? "";

it("tells nothing without a token, and says what is missing", async () => {
  for (const path of ["/api/tasks", "/tasks", "/api/agents", "/agents", "/api/stats", "/metrics", "/api/events"]) {
    const { status, headers } = await at.ask(path, { as: null });
    expect([path, status, headers["www-authenticate"], headers["content-type"]]).toEqual([
      ...[path, 401, "Bearer", "application/problem+json; charset=utf-8"],
    ]);
  }
  expect((await at.post("/api/tasks", task, { as: null })).status).toBe(401);
  expect((await at.ask("/api/nothing/here", { as: null })).status).toBe(401);
  expect((await at.ask("/api/tasks", { as: null, headers: { authorization: "Bearer guess" } })).json()).toMatchObject({
    ...{ code: "auth", status: 401, retryable: false },
  });
});

it("lets the token to read look, and change nothing", async () => {
  expect((await at.ask("/api/tasks", { as: "read" })).status).toBe(200);
  for (const path of [
    "/api/tasks",
    "/tasks",
    "/api/tasks/x/cancel",
    "/api/tasks/cancel",
    "/api/pause",
    "/api/agents/x/drain",
    "/messages/general",
  ]) {
    expect([path, (await at.post(path, task, { as: "read" })).status]).toEqual([path, 403]);
  }
  expect((await at.ask("/api/tasks")).json()).toMatchObject({ total: 0 });
});

it("answers to no name that somebody else made point here", async () => {
  const headers = { host: "rebound.example:80" };
  for (const path of ["/", "/docs", "/api/health", "/api/tasks", "/nothing"]) {
    expect([path, (await at.ask(path, { headers })).status]).toEqual([path, 421]);
  }
  const { socket, refused } = at.live({ ...headers, authorization: `Bearer ${at.tokens.operate}` });
  expect(await refused).toBe(421);
  socket.terminate();
});

it("lets no other site's page do anything, whatever the browser sends along", async () => {
  const { headers } = await at.ask(new URL(at.served.link()).search.replace("?", "/?"), { as: null });
  const cookie = cookieOf(headers["set-cookie"]);
  const own = at.served.url;
  const write = (more: Record<string, string>) =>
    at.post("/api/tasks", task, { as: null, headers: { cookie, ...more } });
  expect((await write({ origin: "https://evil.example" })).status).toBe(403);
  expect((await write({ origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-site" })).status).toBe(403);
  expect((await write({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await write({ "content-type": "text/plain" })).status).toBe(415);
  expect((await write({ "content-type": "application/x-www-form-urlencoded" })).status).toBe(415);
  const preflight = await at.ask("/api/tasks", {
    ...{ method: "OPTIONS", as: null },
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });
  expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
  for (const origin of ["https://evil.example", "http://127.0.0.1:3000", "null", own.replace("http", "https")]) {
    const { socket, refused } = at.live({ cookie, origin });
    expect([origin, await refused]).toEqual([origin, 403]);
    socket.terminate();
  }
  const silent = at.live({ cookie });
  expect(await silent.refused).toBe(403);
  expect((await at.ask("/api/tasks")).json()).toMatchObject({ total: 0 });
  const ours = at.live({ cookie, origin: own });
  await eventually(() => ours.messages[0]?.type === "snapshot");
  ours.socket.terminate();
  expect((await write({ origin: own, "sec-fetch-site": "same-origin" })).status).toBe(201);
});

it("logs a browser in by a link, once", async () => {
  const link = new URL(at.served.link());
  const path = `${link.pathname}${link.search}`;
  const fromElsewhere = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  const { status, headers } = await at.ask(path, { as: null, headers: fromElsewhere });
  expect([status, headers.location]).toEqual([303, "/"]);
  const [cookie = ""] = headers["set-cookie"] ?? [];
  expect(cookie).toMatch(new RegExp(`^mjagent_${at.served.port}=.*; Path=/; HttpOnly; SameSite=Strict; Max-Age=\\d+$`));
  expect(cookie).not.toContain(at.tokens.operate);
  expect((await at.ask("/api/tasks", { as: null, headers: { cookie: cookieOf([cookie]) } })).status).toBe(200);
  const again = await at.ask(path, { as: null });
  expect([again.status, again.headers["set-cookie"]]).toEqual([403, undefined]);
  expect(again.text).toContain("mjagent serve link");
  expect((await at.ask("/", { as: null })).status).toBe(200);
});

it("shows pages under a policy that runs nothing but its own", async () => {
  for (const path of ["/", "/api/health", "/api/tasks"]) {
    const { headers } = await at.ask(path, { as: null });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'self';/);
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});

it("opens no socket where none is", async () => {
  for (const path of ["/", "/docs", "/api/health"]) {
    const { socket, refused } = at.live({}, path);
    expect([path, await refused]).toEqual([path, 400]);
    socket.terminate();
  }
});

it("takes nothing that is not JSON, too large, or of another prototype", async () => {
  expect((await at.post("/api/tasks", "{")).json()).toMatchObject({ status: 400, code: "usage" });
  expect((await at.post("/api/tasks", '{"title":"x","__proto__":{"a":1}}')).status).toBe(400);
  expect(
    (
      await at
        .post("/api/tasks", JSON.stringify({ title: "x", description: "y".repeat(33 * 1024 * 1024) }))
        .catch(() => ({ status: 413 }))
    ).status,
  ).toBe(413);
});

it("tells who guesses too often to wait, and still lets in who need not guess", async () => {
  const guess = { as: null, headers: { authorization: "Bearer guess" } };
  const guesses = await Promise.all(Array.from({ length: 60 }, () => at.ask("/api/tasks", guess)));
  expect(guesses.at(-1)).toMatchObject({ status: 429 });
  expect(guesses.at(-1)?.headers["retry-after"]).toBeDefined();
  expect((await at.ask("/api/tasks")).status).toBe(200);
});
