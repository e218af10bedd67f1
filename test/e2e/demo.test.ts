import { readFile } from "node:fs/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "nats";
import { describe, expect, test } from "vitest";
import type { DemoResult } from "../../src/operations/demo.js";
import { startTestServer } from "../support/nats-server.js";
import { Place } from "./place.js";

describe.concurrent("mjagent demo", { timeout: 180_000 }, () => {
  test("twice at once, on servers of their own: exit 0, a page each, nothing left running", async () => {
    await using place = await Place.make();
    const [people, program] = await Promise.all([place.mjagent(["demo"]), place.mjagent(["demo", "--json"])]);
    expect(people.code).toBe(0);
    const page = /file:\/\/(\S+index\.html)/.exec(people.stdout)?.[1];
    expect(await readFile(page!, "utf8")).toContain("Books mended, bound and looked after");
    for (const agent of ["Debbie", "DocBrown", "Alice"]) {
      expect(people.stdout).toMatch(new RegExp(`\\+\\S+\\s+${agent}\\s.*\\scompleted\\s`));
    }
    expect(people.stderr).toMatch(/Debbie\s+✓/);

    expect(program.code).toBe(0);
    const result = JSON.parse(program.stdout) as DemoResult;
    expect(result.page).not.toBe(page);
    expect(await readFile(result.page!, "utf8")).toContain("Books mended, bound and looked after");
    expect(result.tasks.map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    expect(result.files).toEqual([
      "ROADMAP.md",
      "pages/about/PAGE_SPEC.md",
      "pages/about/about.mobiledoc.json",
      "public/about/index.html",
    ]);
    expect(await readFile(`${result.folder}/ROADMAP.md`, "utf8")).toContain("- [x] Publish the about page");
    expect(await place.processes()).toEqual([]);
  });

  test("on a server that is named: a workspace of its own, nothing of it stays, the server does", async () => {
    await using server = await startTestServer();
    await using place = await Place.make();
    const client = await connect({ servers: server.url });
    const jsm = await jetstreamManager(client);
    const demo = place.start(["demo", "--keep", "--server", server.url]);
    await demo.says("Everything goes on running");
    const during = await jsm.streams.names().next();
    expect(during.length).toBeGreaterThan(0);
    expect(during.every((name) => /^(KV_|OBJ_)?MJ_DEMO_[0-9a-f]{8}_/.test(name))).toBe(true);
    demo.ctrlC();
    expect((await demo.ended).code).toBe(130);
    expect(await jsm.streams.names().next()).toEqual([]);
    await client.close();
  });

  test("--serve: the link opens once, other commands can be used, until Ctrl-C, which leaves nothing behind", async () => {
    await using place = await Place.make();
    const demo = place.start(["demo", "--serve"]);
    await demo.says("?key=");
    const [link] = /http:\S+key=\S+/.exec(demo.stderr)!;
    expect((await fetch(link, { redirect: "manual" })).status).toBe(303);
    expect((await fetch(link, { redirect: "manual" })).status).toBe(403);
    const [, cwd, url] = /cd (\S+) && export NATS_URL=(\S+)/.exec(demo.stderr)!;
    const env = { NATS_URL: url! };
    const publish = [
      "publish",
      "--title",
      "Again",
      "--type",
      "design",
      "--payload",
      '{"brief":"brief.yaml"}',
      "--wait",
    ];
    const published = await place.mjagent(publish, { env, cwd: cwd! });
    expect(published.code).toBe(0);
    demo.ctrlC();
    expect((await demo.ended).code).toBe(130);
    expect(await place.processes()).toEqual([]);
  });

  test("Ctrl-C in the middle ends it with nothing left", async () => {
    await using place = await Place.make();
    const demo = place.start(["demo"]);
    await demo.says("▶");
    demo.ctrlC();
    expect((await demo.ended).code).toBe(130);
    expect(await place.processes()).toEqual([]);
  });
});
