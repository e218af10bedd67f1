import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ARTIFACT_LIMITS } from "../../src/domain/artifact.js";
import { fileGlobs } from "../../src/domain/file-globs.js";
import { emptyResult } from "../../src/domain/task.js";
import { readFileWithin } from "../../src/executors/artifact-file.js";
import { stampsOf } from "../../src/executors/changed-files.js";
import { collecting } from "../../src/executors/collecting.js";
import { createExecutor } from "../../src/executors/create.js";
import type { ArtifactSink, Executor } from "../../src/executors/executor.js";
import { completed, inputOf, roleOf } from "./support.js";

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  folder = join(root, "work");
  await mkdir(join(folder, "dist/deep"), { recursive: true });
  await writeFile(join(root, "outside.txt"), "not yours");
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Kept {
  files: Record<string, string>;
  log: string[];
  result: ReturnType<typeof completed>["result"];
}

/** Runs an executor that does this in the folder, and names these files. */
async function collect(
  work: () => Promise<void>,
  options: { named?: string[]; globs?: string[]; sink?: ArtifactSink; folder?: string } = {},
): Promise<Kept> {
  const executor: Executor = {
    run: async () => {
      await work();
      return { kind: "completed", result: { ...emptyResult(), artifacts: options.named ?? [] }, handoff: [] };
    },
  };
  const kept: Omit<Kept, "result"> = { files: {}, log: [] };
  const sink: ArtifactSink = ({ name, data }) => {
    kept.files[name] = data.toString();
    return Promise.resolve(null);
  };
  const outcome = await collecting(executor, { cwd: folder, globs: options.globs ?? [] }).run(inputOf(), {
    runId: "r",
    signal: new AbortController().signal,
    log: (_, line) => kept.log.push(line),
    artifacts: options.sink ?? sink,
    ...(options.folder !== undefined && { cwd: options.folder }),
  });
  return { ...kept, result: completed(outcome).result };
}

const write = (path: string, text: string) => writeFile(join(folder, path), text);

describe("files that a result names", () => {
  test("are handed in by their path from the working folder, once each; a link is left alone", async () => {
    const kept = await collect(
      async () => {
        await write("report.md", "# report");
        await write("dist/deep/a.txt", "");
      },
      { named: ["./report.md", join(folder, "report.md"), "dist/../dist/deep/a.txt", "https://example.com/pr/5"] },
    );
    expect(kept.files).toEqual({ "report.md": "# report", "dist/deep/a.txt": "" });
    expect(kept.result.artifacts).toContain("https://example.com/pr/5");
    expect(kept.result).not.toHaveProperty("artifacts_left_out");
  });

  test("what is none, or outside, is said, and costs nothing but itself", async () => {
    await symlink(join(root, "outside.txt"), join(folder, "link.txt"));
    await symlink(root, join(folder, "up"));
    await symlink("dist", join(folder, "down"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const named = [
      "gone.txt",
      "../outside.txt",
      "/etc/hostname",
      "link.txt",
      "up/outside.txt",
      "dist",
      "pipe",
      "down/a",
    ];
    const kept = await collect(() => write("dist/a", "here"), { named });
    expect(kept.files).toEqual({ "down/a": "here" });
    expect(kept.result.artifacts).toEqual(named);
    expect(kept.result.artifacts_left_out).toEqual([
      "../outside.txt: it is not in the working folder",
      "/etc/hostname: it is not in the working folder",
      "gone.txt: there is no such file",
      "link.txt: it leads out of the working folder",
      "up/outside.txt: it leads out of the working folder",
      "dist: it is a folder: name its files",
      "pipe: it is not a file",
    ]);
    expect(kept.log).toEqual(kept.result.artifacts_left_out!.map((text) => `… not kept: ${text}`));
  });

  test("no more of them, and no more bytes, than an attempt may", async () => {
    const named = Array.from({ length: ARTIFACT_LIMITS.files + 20 }, (_, n) => `${n}.txt`);
    const many = await collect(
      async () => {
        for (const name of named) await write(name, "x");
      },
      { named },
    );
    expect(Object.keys(many.files)).toHaveLength(ARTIFACT_LIMITS.files);
    expect(many.result.artifacts_left_out).toEqual(["20 files: 100 are the limit of one attempt"]);
    const large = await collect(
      async () => {
        for (const name of ["a", "b"]) await write(name, "");
        await truncate(join(folder, "a"), ARTIFACT_LIMITS.bytes - 10);
        await truncate(join(folder, "b"), 11);
        await write("c", "0123456789");
      },
      { named: ["a", "b", "c"], sink: () => Promise.resolve(null) },
    );
    expect(large.result.artifacts_left_out).toEqual([
      "b: it has 1 KiB; 1 KiB are left of what one attempt may hand in",
    ]);
  });

  test("what cannot be stored is said", async () => {
    const kept = await collect(() => write("a", "x"), { named: ["a"], sink: () => Promise.resolve("no space") });
    expect(kept.result.artifacts_left_out).toEqual(["a: no space"]);
  });
});

describe("files that fit", () => {
  test("and are new, or other than they were: also with an old time, and of the same size", async () => {
    for (const name of ["same", "other", "touched-back", "moved-over"]) await write(`dist/${name}`, "before");
    await write("elsewhere", "moved!");
    const long = new Date(2001, 0);
    const kept = await collect(
      async () => {
        await write("dist/other", "after!");
        await write("dist/touched-back", "after!");
        await utimes(join(folder, "dist/touched-back"), long, long);
        await rm(join(folder, "dist/moved-over"));
        execFileSync("mv", [join(folder, "elsewhere"), join(folder, "dist/moved-over")]);
        await write("dist/deep/new", "new");
        await write("new.txt", "does not fit");
        await write("shot.png", "fits");
      },
      { globs: ["dist/**", "*.png"], named: ["dist/other"] },
    );
    expect(kept.files).toEqual({
      ...{ "dist/other": "after!", "dist/touched-back": "after!", "dist/moved-over": "moved!" },
      ...{ "dist/deep/new": "new", "shot.png": "fits" },
    });
    expect(kept.result.artifacts[0]).toBe("dist/other");
    expect(kept.result.artifacts).toHaveLength(5);
  });

  test("in the folder that the attempt was given", async () => {
    const other = join(root, "other");
    await mkdir(other);
    const kept = await collect(() => writeFile(join(other, "a.png"), "x"), { globs: ["*.png"], folder: other });
    expect(kept.files).toEqual({ "a.png": "x" });
  });

  test("in a folder with too many files none are looked for", async () => {
    for (const name of ["a", "b", "c"]) await write(`dist/${name}`, "");
    expect(await stampsOf(folder, fileGlobs(["dist/**"]), 4)).toBeNull();
    expect([...(await stampsOf(folder, fileGlobs(["dist/**"]), 5))!.keys()].sort()).toEqual([
      "dist/a",
      "dist/b",
      "dist/c",
    ]);
  });
});

test("a file that is written to while it is read is left out", async () => {
  await write("grows", "x".repeat(1_000_000));
  let stop = false;
  const growing = (async () => {
    for (let n = 0; !stop; n++) await writeFile(join(folder, "grows"), `${n}`.repeat(200_000));
  })();
  const seen = new Set<string>();
  for (let n = 0; n < 2_000 && !seen.has("changed"); n++) {
    const read = await readFileWithin(folder, "grows", 10_000_000);
    seen.add("problem" in read ? "changed" : "whole");
  }
  stop = true;
  await growing;
  expect(seen).toContain("changed");
});

test("a failed attempt hands in nothing, and without a place for files nothing is looked for", async () => {
  const role = roleOf(["sh", "-c", "echo x > a.txt; exit 3"], { artifacts: ["*.txt"] });
  const names: string[] = [];
  const context = {
    runId: "r",
    signal: new AbortController().signal,
    log: () => undefined,
    artifacts: ({ name }: { name: string }) => Promise.resolve((names.push(name), null)),
  };
  const run = (role_: typeof role) => createExecutor(role_, { projectDir: folder }).run(inputOf(), context);
  expect(await run(role)).toMatchObject({ kind: "failed" });
  expect(names).toEqual([]);
  const fine = roleOf(["sh", "-c", 'echo "$TOKEN" > "b-$TOKEN.txt"'], {
    artifacts: ["*.txt"],
    env: { set: { TOKEN: "tk-5f3a9c" } },
  });
  expect(completed(await run(fine)).result.artifacts).toEqual(["b-[redacted TOKEN].txt"]);
  expect(names).toEqual(["b-[redacted TOKEN].txt"]);
});
