import { jetstreamManager, StorageType } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "nats";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findNatsServer } from "../../src/nats/server/find.js";

const repository = path.resolve(import.meta.dirname, "../..");
const template = path.join(repository, "examples/website");

interface StepResult {
  summary: string;
  data: Record<string, unknown>;
  artifacts: string[];
}
interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  result: StepResult | undefined;
}

let site: string;

beforeEach(() => {
  site = mkdtempSync(path.join(tmpdir(), "mjagent-website-"));
  const generated = new Set(["pages", "public", "node_modules"]);
  cpSync(template, site, { recursive: true, filter: (source) => !generated.has(path.relative(template, source)) });
  symlinkSync(path.join(repository, "node_modules"), path.join(site, "node_modules"));
});

afterEach(() => rmSync(site, { recursive: true, force: true }));

const read = (file: string): string => readFileSync(path.join(site, file), "utf8");
const write = (file: string, text: string): void => writeFileSync(path.join(site, file), text);

/** Runs one agent program as the launcher does: a JSON document on stdin, the result in MJAGENT_OUTPUT. */
function run(program: string, doc: unknown, env: Record<string, string> = {}, cwd = site): Promise<Run> {
  const output = path.join(site, "output.json");
  rmSync(output, { force: true });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(site, "bin", `${program}.mjs`)], {
      cwd,
      env: { PATH: process.env.PATH, MJAGENT_OUTPUT: output, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => {
      const result = existsSync(output) ? (JSON.parse(readFileSync(output, "utf8")) as StepResult) : undefined;
      resolve({ code, stdout, stderr, result });
    });
    child.stdin.end(typeof doc === "string" ? doc : JSON.stringify(doc));
  });
}

const after = (earlier: Run, title: string): unknown => ({
  task: { task_id: "2", title, payload: null },
  parent: { task_id: "1", title: "earlier", result: earlier.result },
  blockers: [],
});

/** Debbie, Doc Brown and Alice, each fed with the result of the one before. */
async function runAll(env: Record<string, string> = {}, cwd = site): Promise<Run[]> {
  const runs: Run[] = [];
  const design = { task: { task_id: "1", title: "Design the about page", payload: { brief: "brief.yaml" } } };
  runs.push(await run("debbie", design, env, cwd));
  runs.push(await run("doc-brown", after(runs[0]!, "Convert the about page to Mobiledoc"), env, cwd));
  runs.push(await run("alice", after(runs[1]!, "Publish the about page"), env, cwd));
  for (const { code, stderr } of runs) expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return runs;
}

/** The text a browser would show, with runs of blanks as one. */
function visibleText(html: string): string {
  return html
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/<[^>]+>/g, "")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ");
}

/** A brief with one odd part, laid out so that its lines can be counted. */
const briefWith = (body: string): string => `page: about
site: Test & Sons
title: A plain title
description: One sentence.
palette: { background: "#ffffff", surface: "#f4f4f4", text: "#111111", muted: "#444444", accent: "#003366" }
intro: Welcome.
sections:
  - heading: First things
    body: |
      ${body.split("\n").join("\n      ")}
`;

describe("the pipeline", () => {
  it("turns the brief into a spec, Mobiledoc and a page, each step finding what the one before handed over", async () => {
    const [debbie, brown, alice] = await runAll();
    expect(debbie?.result?.data).toEqual({
      step: "design",
      page: "about",
      title: "Books mended, bound and looked after",
      spec: "pages/about/PAGE_SPEC.md",
      sections: 4,
    });
    expect(brown?.result?.data).toMatchObject({
      step: "convert",
      page: "about",
      mobiledoc: "pages/about/about.mobiledoc.json",
    });
    expect(alice?.result?.data).toMatchObject({ step: "publish", page: "about", html: "public/about/index.html" });
    expect(alice?.result?.artifacts).toEqual(["public/about/index.html"]);
    expect(read("pages/about/PAGE_SPEC.md")).toMatch(/^---\npage: about\n/);
    expect(JSON.parse(read("pages/about/about.mobiledoc.json"))).toMatchObject({ version: "0.3.2", atoms: [] });
  });

  it("waits for a document that comes late", async () => {
    const child = spawn(process.execPath, [path.join(site, "bin", "debbie.mjs")], { cwd: site });
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdout.resume();
    child.stderr.resume();
    // Later than the program looks for it: a non-blocking read would find nothing and fail.
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.stdin.end(JSON.stringify({ task: { task_id: "1", title: "Design it", payload: { brief: "brief.yaml" } } }));
    expect(await ended).toBe(0);
  });

  it("carries every piece of copy to the page", async () => {
    await runAll();
    const html = read("public/about/index.html");
    const text = visibleText(html);
    for (const copy of [
      "Books mended, bound and looked after",
      "ready for another hundred years of being read.",
      "as the only copy.",
      "Split spines, loose pages, torn maps. We keep every original part that can still do its work.",
      "You get a card. What we did, what with and when, tucked inside the back board.",
      "came from a map library, where he was the one people called about water damage.",
      "with my mother’s pencil marks exactly where she left them.",
      "Ruth Pell, Merrow Quay",
      "The ferry from Saltey stops two minutes away",
      "Sunday and Monday, closed: the glue needs its rest",
      "Have a book that needs us?",
      "Write to the bindery",
      "Netloft Bindery, 3 Rope Walk, Merrow Quay",
    ]) {
      expect(text).toContain(copy);
    }
    expect(html).toContain("<strong>Maren Tull</strong>");
    expect(html).toContain("<em>hundred years</em>");
    expect(html).toContain('<a href="#what-we-do">lesson days</a>');
    expect(html).toContain('href="mailto:hello@netloft.example"');
    expect(html).toContain('alt="A workbench under an arched window.');
  });

  it("writes identical bytes when run again", async () => {
    const files = ["pages/about/PAGE_SPEC.md", "pages/about/about.mobiledoc.json", "public/about/index.html"];
    await runAll();
    const first = files.map(read);
    await runAll();
    expect(files.map(read)).toEqual(first);
  });

  it("works in MJAGENT_WORKDIR when it is set", async () => {
    await runAll({ MJAGENT_WORKDIR: site }, tmpdir());
    expect(existsSync(path.join(site, "public/about/index.html"))).toBe(true);
  });

  it("shows markup in copy as text", async () => {
    const copy = `Beware <script>alert("1")</script> & <b id="main">friends</b>, **bold <i>**, src="http://x" and 2 * 3 * 4 \\*.`;
    write("brief.yaml", briefWith(copy));
    await runAll();
    const html = read("public/about/index.html");
    expect(html).not.toContain("<script");
    expect(html).not.toContain("<b id");
    expect(visibleText(html)).toContain(
      'Beware <script>alert("1")</script> & <b id="main">friends</b>, bold <i>, src="http://x" and 2 * 3 * 4 *.',
    );
    expect(html).toContain("<title>A plain title · Test &amp; Sons</title>");
  });

  it("nests marks, and opens and closes as many", async () => {
    write("brief.yaml", briefWith("**bold *both*** and [a *link*](https://example.com/?a=1&b=2), `code *x*`"));
    await runAll();
    expect(read("public/about/index.html")).toContain(
      '<p><strong>bold <em>both</em></strong> and <a href="https://example.com/?a=1&amp;b=2">a <em>link</em></a>, <code>code *x*</code></p>',
    );
  });

  it("takes the page from the task's payload, or the files from a blocker, when no parent hands it over", async () => {
    const [debbie] = await runAll();
    const byPayload = await run("doc-brown", { task: { title: "x", payload: { page: "about" } }, parent: null });
    expect(byPayload.result?.data.spec).toBe("pages/about/PAGE_SPEC.md");
    const byBlocker = await run("doc-brown", {
      task: { title: "x" },
      blockers: [{ task_id: "1", result: debbie?.result }],
    });
    expect(byBlocker.result?.data.spec).toBe("pages/about/PAGE_SPEC.md");
  });

  it("runs by hand with nothing on stdin", async () => {
    expect((await run("debbie", "")).code).toBe(0);
    const brown = await run("doc-brown", "");
    expect(brown).toMatchObject({ code: 1, result: undefined });
    expect(brown.stderr).toContain("nothing to convert");
  });
});

describe("a broken brief", () => {
  const good = readFileSync(path.join(template, "brief.yaml"), "utf8");
  const lineOf = (text: string): number => good.slice(0, good.indexOf(text)).split("\n").length;
  const heading = lineOf("  - heading: What we do");

  it.each<[string, string, string, string]>([
    [
      "YAML syntax",
      "site: Netloft Bindery",
      'site: "Netloft',
      'brief.yaml:3:15: not valid YAML: Missing closing "quote',
    ],
    [
      "a missing field",
      "site: Netloft Bindery\n",
      "",
      'brief.yaml:2:1: the brief has no site: add "site: Netloft Bindery"',
    ],
    [
      "a section without heading",
      "  - heading: What we do\n    body",
      "  - body",
      `brief.yaml:${heading}:5: section 1 has no heading: add "heading: What we do"`,
    ],
    [
      "an empty heading",
      "heading: What we do",
      "heading:",
      `brief.yaml:${heading}:5: heading is empty, it must be text`,
    ],
    [
      "a number for text",
      "site: Netloft Bindery",
      "site: 2024",
      "brief.yaml:3:7: site is a number: put it in quotes to make it text",
    ],
    ["a list for text", "site: Netloft Bindery", "site: [a]", "brief.yaml:3:7: site is a list, it must be text"],
    [
      "an unknown field",
      "site: Netloft",
      "sight: x\nsite: Netloft",
      'brief.yaml:3:1: the brief has an unknown field "sight": use page, site,',
    ],
    [
      "an unknown palette name",
      "  accent:",
      "  acent:",
      `brief.yaml:${lineOf("  accent:")}:3: the palette has an unknown field "acent": did you mean "accent"?`,
    ],
    [
      "an unknown colour",
      '"#8c3423"',
      "oxblod",
      `brief.yaml:${lineOf("  accent:")}:11: unknown colour "oxblod": write it as six hex digits`,
    ],
    [
      "a page that is no folder name",
      "page: about",
      "page: ../about",
      'brief.yaml:2:7: page "../about" names a folder: use a-z, 0-9 and -',
    ],
    ["a missing image", "images/net-loft.svg", "images/none.svg", 'there is no image "images/none.svg" in the project'],
    [
      "an image outside",
      "images/net-loft.svg",
      "../../etc/passwd",
      'there is no image "../../etc/passwd" in the project',
    ],
    [
      "a dangerous link",
      "https://ferry.example/merrow-quay",
      "javascript:alert",
      `brief.yaml:${lineOf("Third door")}:7: section 4: the link`,
    ],
    ["a hidden scheme", "mailto:hello@netloft.example", '" javascript:alert(1)"', "holds a blank"],
    [
      "a big heading in the copy",
      "      1. **You show",
      "      # Steps\n\n      1. **You show",
      `brief.yaml:${lineOf("      1. **You show")}:7: section 2: write "### Steps" for a heading inside the copy`,
    ],
    [
      "an unknown card",
      "      1. **You show",
      "      ::: video\n      :::\n\n      1. **You show",
      'section 2: there is no card "video"',
    ],
    [
      "an unclosed card",
      "      1. **You show",
      "      ::: image\n      1. **You show",
      'section 2: the "::: image" card is never closed',
    ],
  ])("%s is named with its place and its remedy", async (_, from, to, message) => {
    expect(good).toContain(from);
    write("brief.yaml", good.replace(from, to));
    const { code, stderr, result } = await run("debbie", {});
    expect({ code, result }).toEqual({ code: 1, result: undefined });
    expect(stderr.trimEnd().split("\n").at(-1)).toContain(message);
    expect(stderr).toMatch(/^brief\.yaml:\d+:\d+: /);
    expect(existsSync(path.join(site, "pages"))).toBe(false);
  });

  it("reports all problems and ends with the first", async () => {
    write("brief.yaml", good.replace("page: about\n", "").replace('"#8c3423"', "red").replace("label:", "lable:"));
    const lines = (await run("debbie", {})).stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('brief.yaml:2:1: the brief has no page: add "page: about" (and 2 more above)');
  });

  it("says which file is missing, and reads none outside the project", async () => {
    const missing = await run("debbie", { task: { payload: { brief: "briefs/x.yaml" } } });
    expect(missing).toMatchObject({
      code: 1,
      stderr: "briefs/x.yaml: no such file; it should hold the client's brief\n",
    });
    const outside = await run("debbie", { task: { payload: { brief: "../x.yaml" } } });
    expect(outside).toMatchObject({ code: 1, stderr: "../x.yaml: outside the project; use a path inside it\n" });
  });
});

describe("what Doc Brown and Alice refuse", () => {
  const spec = "pages/about/PAGE_SPEC.md";
  const mobiledoc = "pages/about/about.mobiledoc.json";

  it.each<[string, string, string, string | RegExp, string, string]>([
    ["doc-brown", "a spec without front matter", spec, "---\n", "", "PAGE_SPEC.md:1: no front matter"],
    ["doc-brown", "an unknown card", spec, "::: image", "::: film", 'PAGE_SPEC.md:19: there is no card "film"'],
    ["alice", "low contrast", spec, "#5d5a50", "#b0ada0", "contrast 1.9:1, readable text needs 4.5:1"],
    ["alice", "broken JSON", mobiledoc, "{", "", "about.mobiledoc.json: not JSON"],
    ["alice", "another version", mobiledoc, '"0.3.2"', '"0.2.0"', 'version must be "0.3.2"'],
    ["alice", "unbalanced markups", mobiledoc, /(\[\s+0\s+\],\s+)1,/, "$12,", "closes more markups than are open"],
    ["alice", "a markup that is not there", mobiledoc, /\[\s+0\s+\]/, "[99]", "there is no markup 99"],
    ["alice", "a skipped heading level", mobiledoc, '"h2"', '"h3"', "heading 2 jumps to level 3"],
    ["alice", "a dead link", mobiledoc, "#what-we-do", "#nowhere", "the link #nowhere leads nowhere"],
    ["alice", "a dangerous link", mobiledoc, "#what-we-do", "JavaScript:alert(1)", "uses javascript:"],
  ])("%s refuses %s", async (program, _, file, from, to, message) => {
    await runAll();
    rmSync(path.join(site, "public"), { recursive: true });
    const before = read(file);
    write(file, before.replace(from, to));
    expect(read(file)).not.toBe(before);
    const { code, stderr } = await run(program, { task: { payload: { page: "about" } } });
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    expect(existsSync(path.join(site, "public"))).toBe(false);
  });
});

describe("Morgan", () => {
  const event = (kind: string, task: Record<string, unknown>): unknown => ({
    event: kind,
    task: { task_id: "7", title: "Design the about page", type: "design", payload: null, result: null, ...task },
    parent: null,
    blockers: [],
  });
  const designed = event("completed", { result: { summary: "ok", data: { step: "design", page: "about" } } });

  it("ticks the item of a completed task, once", async () => {
    const before = read("ROADMAP.md");
    const first = await run("morgan", designed);
    expect(first.result?.data).toEqual({
      task_id: "7",
      item: "design:about",
      change: "ticked",
      done: true,
      announced: null,
    });
    const ticked = read("ROADMAP.md");
    expect(ticked).toBe(before.replace("- [ ] Design the about page", "- [x] Design the about page"));

    const second = await run("morgan", designed);
    expect(second.result?.data.change).toBe("already ticked");
    expect(read("ROADMAP.md")).toBe(ticked);
  });

  it("keeps the ticks of one event after another", async () => {
    for (const step of ["publish", "design", "convert"]) {
      await run("morgan", event("completed", { result: { data: { step, page: "about" } } }));
    }
    expect(read("ROADMAP.md").match(/- \[x\] .* about page/g)).toHaveLength(3);
  });

  it.each([
    [
      "a failed task",
      event("failed", { payload: { page: "about" }, error: { reason: "exit", message: "no" } }),
      "left open",
    ],
    ["a task nobody planned", event("completed", { title: "Sweep", type: null }), "not on the roadmap"],
    ["a page nobody planned", event("completed", { payload: { page: "shop" } }), "not on the roadmap"],
  ])("leaves the roadmap alone for %s", async (_, doc, change) => {
    const before = read("ROADMAP.md");
    const { code, result } = await run("morgan", doc);
    expect(code).toBe(0);
    expect(result?.data.change).toBe(change);
    expect(read("ROADMAP.md")).toBe(before);
  });

  it("asks to be run again later when the server it should tell is away, with the tick made", async () => {
    const { code, stderr } = await run("morgan", designed, { NATS_URL: "nats://127.0.0.1:1" });
    expect(code).toBe(75);
    expect(stderr).toContain("could not announce on mjwork.roadmap at nats://127.0.0.1:1");
    expect(read("ROADMAP.md")).toContain("- [x] Design the about page");
  });

  it("announces what it did and knows that it arrived", async () => {
    await using server = await startNatsServer();
    const streams = await jetstreamManager(server.connection);
    await streams.streams.add({ name: "WORK", subjects: ["other.>"], storage: StorageType.Memory });
    const { code, stderr, result } = await run("morgan", designed, { NATS_URL: server.url, MJAGENT_PREFIX: "other" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(result?.data.announced).toBe(1);
    const kept = await streams.streams.getMessage("WORK", { seq: 1 });
    expect(kept?.subject).toBe("other.roadmap");
    expect(kept?.json()).toMatchObject({
      agent_id: "Morgan",
      type: "roadmap_update",
      task_id: "7",
      item: "Design the about page",
      done: true,
      roadmap: read("ROADMAP.md"),
    });

    const nobodyKeepsIt = await run("morgan", designed, { NATS_URL: server.url });
    expect(nobodyKeepsIt).toMatchObject({ code: 75 });
  });
});

/** A nats-server of its own, on a port of its own, gone at the end of the block. */
async function startNatsServer(): Promise<AsyncDisposable & { url: string; connection: NatsConnection }> {
  const { path: program } = await findNatsServer();
  const store = path.join(site, "nats");
  const child = spawn(program, ["-a", "127.0.0.1", "-p", "-1", "-js", "-sd", store, "--ports_file_dir", site], {
    stdio: "ignore",
  });
  const ports = (): string | undefined => readdirSync(site).find((file) => file.endsWith(".ports"));
  const { nats } = await vi.waitFor(() => JSON.parse(read(ports() ?? "no ports yet")) as { nats: string[] }, 10_000);
  const url = nats[0]!;
  const connection = await connect({ servers: url });
  return {
    url,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.close();
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
