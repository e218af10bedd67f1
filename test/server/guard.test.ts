import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { credentialsOf } from "../../src/server/guard/credentials.js";
import { allowedHosts, isLoopback, urlOf } from "../../src/server/guard/hosts.js";
import { Links } from "../../src/server/guard/links.js";
import { refusalOf } from "../../src/server/guard/rules.js";
import { cookieName, LINK_MS, linkOf, LOGIN_MS, loginOf } from "../../src/server/guard/signing.js";
import { ensureTokens, readTokens } from "../../src/server/guard/tokens.js";

const NOW = Date.parse("2030-01-31T09:00:00Z");
const tokens = { read: "r".repeat(43), operate: "o".repeat(43) };
const machine = { hostname: "desk", addresses: ["192.168.1.7", "fe80::1"] };
const hosts = allowedHosts({ host: "127.0.0.1", port: 8001 }, machine);
const OWN = "127.0.0.1:8001";
const json = { "content-type": "application/json; charset=utf-8" };

describe("what a request must be like, whoever sends it", () => {
  it.each<
    [
      string,
      Parameters<typeof refusalOf>[0]["headers"],
      { method?: string; isPage?: boolean; isUpgrade?: boolean },
      number | null,
    ]
  >([
    ["curl", { host: OWN }, {}, null],
    ["localhost", { host: "LOCALHOST:8001" }, {}, null],
    ["IPv6", { host: "[::1]:8001" }, {}, null],
    ["a name that was made to point here", { host: "evil.example:8001" }, {}, 421],
    ["the same for a page", { host: "evil.example:8001" }, { isPage: true }, 421],
    ["the same for an upgrade", { host: "evil.example:8001" }, { isUpgrade: true }, 421],
    ["another port's name", { host: "127.0.0.1:9000" }, {}, 421],
    ["a name that begins like ours", { host: "127.0.0.1:8001.evil.example" }, {}, 421],
    ["no name", {}, {}, 421],
    ["an address of this machine that it does not listen on", { host: "192.168.1.7:8001" }, {}, 421],
    ["our own page", { host: OWN, origin: `http://${OWN}`, "sec-fetch-site": "same-origin" }, {}, null],
    ["our own page writes", { host: OWN, origin: `http://${OWN}`, ...json }, { method: "POST" }, null],
    ["a page of another site", { host: OWN, origin: "https://evil.example" }, {}, 403],
    ["a page of another port", { host: OWN, origin: "http://127.0.0.1:3000" }, {}, 403],
    ["a page under our other name", { host: OWN, origin: "http://localhost:8001" }, {}, 403],
    ["a page without an origin", { host: OWN, origin: "null" }, { isUpgrade: true }, 403],
    ["https", { host: OWN, origin: `https://${OWN}` }, {}, 403],
    ["a picture on a page of another site", { host: OWN, "sec-fetch-site": "cross-site" }, {}, 403],
    ["a picture on a page of another port", { host: OWN, "sec-fetch-site": "same-site" }, {}, 403],
    ["the address bar", { host: OWN, "sec-fetch-site": "none" }, {}, null],
    ["the address bar cannot write", { host: OWN, "sec-fetch-site": "none", ...json }, { method: "POST" }, 403],
    [
      "a link to the page",
      { host: OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
      { isPage: true },
      null,
    ],
    ["a link to the API", { host: OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, {}, 403],
    [
      "the page in a frame's script",
      { host: OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      { isPage: true },
      403,
    ],
    ["a form", { host: OWN, "content-type": "application/x-www-form-urlencoded" }, { method: "POST" }, 415],
    ["a form that looks like text", { host: OWN, "content-type": "text/plain" }, { method: "POST" }, 415],
    ["JSON by another name", { host: OWN, "content-type": "text/plain; application/json" }, { method: "POST" }, 415],
    ["no type", { host: OWN }, { method: "DELETE" }, 415],
    ["JSON", { host: OWN, ...json }, { method: "POST" }, null],
  ])("%s", (_, headers, { method = "GET", isPage = false, isUpgrade = false }, status) => {
    expect(refusalOf({ method, headers, isPage, isUpgrade }, hosts)?.status ?? null).toBe(status);
  });

  it("is found under the names of its binding only", () => {
    expect([...allowedHosts({ host: "0.0.0.0", port: 80 }, machine)]).toEqual(
      expect.arrayContaining(["desk", "desk:80", "192.168.1.7", "[fe80::1]:80", "localhost"]),
    );
    expect([...allowedHosts({ host: "192.168.1.7", port: 8001 }, machine)]).not.toContain("desk:8001");
    expect(urlOf({ host: "::", port: 8001 })).toBe("http://127.0.0.1:8001");
    expect(["127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "127.evil.example"].map(isLoopback)).toEqual([
      ...[true, true, true, true, false, false],
    ]);
  });
});

describe("who asks", () => {
  const login = loginOf(tokens.operate, 8001, NOW);
  it.each<[string, Record<string, string>, ReturnType<typeof credentialsOf>]>([
    ["nobody", {}, null],
    ["the token to operate", { authorization: `Bearer ${tokens.operate}` }, { scope: "operate", by: "token" }],
    ["the token to read", { authorization: `bearer ${tokens.read}` }, { scope: "read", by: "token" }],
    ["the beginning of a token", { authorization: `Bearer ${tokens.read.slice(1)}` }, null],
    ["a password", { authorization: `Basic ${tokens.operate}` }, null],
    ["a login", { cookie: `a=b; ${cookieName(8001)}=${login}` }, { scope: "operate", by: "cookie" }],
    ["a wrong token with a login", { authorization: "Bearer x", cookie: `${cookieName(8001)}=${login}` }, null],
    ["a login of another port", { cookie: `${cookieName(8001)}=${loginOf(tokens.operate, 8002, NOW)}` }, null],
    ["a login that is over", { cookie: `${cookieName(8001)}=${loginOf(tokens.operate, 8001, NOW - LOGIN_MS)}` }, null],
    ["a login made longer", { cookie: `${cookieName(8001)}=9${login}` }, null],
    ["a login with the token to read", { cookie: `${cookieName(8001)}=${loginOf(tokens.read, 8001, NOW)}` }, null],
    ["the token as a cookie", { cookie: `${cookieName(8001)}=${tokens.operate}` }, null],
  ])("%s", (_, headers, expected) => {
    expect(credentialsOf(headers, tokens, 8001, NOW)).toEqual(expected);
  });
});

describe("a link", () => {
  const keyOf = (at = NOW, port = 8001, token = tokens.operate): string =>
    new URL(linkOf("http://127.0.0.1:8001", token, port, at)).searchParams.get("key") ?? "";
  const links = (): Links => new Links(tokens.operate, 8001, NOW - 1_000);

  it("logs in once", () => {
    const [opened, key] = [links(), keyOf()];
    expect([opened.redeem(key, NOW), opened.redeem(key, NOW)]).toEqual([true, false]);
    expect(opened.redeem(keyOf(), NOW)).toBe(true);
  });

  it.each([
    ["too old", keyOf(), NOW + LINK_MS + 1],
    ["of before the start: whether it was used is not known", keyOf(NOW - 2_000), NOW],
    ["of another port", keyOf(NOW, 8002), NOW],
    ["of another token", keyOf(NOW, 8001, tokens.read), NOW],
    ["of tomorrow", keyOf(NOW + 1), NOW],
    ["made up", `${NOW}-x.y`, NOW],
    ["changed", `1${keyOf()}`, NOW],
    ["empty", "", NOW],
  ])("is void: %s", (_, key, now) => {
    expect(links().redeem(key, now)).toBe(false);
  });
});

describe("the tokens", () => {
  it("are in a file that only its owner reads, the same for all who come at once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mjagent-tokens-"));
    const file = join(folder, "serve", "tokens.json");
    const made = await Promise.all(Array.from({ length: 8 }, () => ensureTokens(file)));
    expect(new Set(made.map((each) => each.operate)).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(made[0]);
    await chmod(file, 0o644);
    await expect(readTokens(file)).rejects.toMatchObject({
      code: "auth",
      why: expect.stringContaining("other users") as string,
    });
    await chmod(file, 0o600);
    await writeFile(file, '{"read":"","operate":""}');
    await expect(ensureTokens(file)).rejects.toMatchObject({ code: "auth" });
    await rm(folder, { recursive: true });
  });
});
