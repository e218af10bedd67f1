import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { MjError } from "../../src/errors.js";
import { loadRole, validateFiles } from "../../src/operations/roles.js";
import { SEED } from "./arbitraries.js";
import { expectPlaces } from "./places.js";
import { broken, HUGE } from "./yaml-arbitraries.js";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "mjagent-roles-")), "agents");
  await mkdir(folder);
  file = join(folder, "debbie.yaml");
});
afterAll(() => rm(join(folder, ".."), { recursive: true, force: true }));

const good = {
  ...{ name: "debbie", display_name: "Debbie", description: "Web design agent" },
  match: { types: ["design"], phases: ["design"], keywords: [], tags: [], files: ["src/**"] },
  watch: [],
  command: { adapter: "command", run: ["node", "bin/design.mjs", "{{task.title}}"] },
  ...{
    concurrency: 3,
    timeout: "30m",
    stall_timeout: "10m",
    retry: { max_attempts: 3, backoff: "30s", max_backoff: "10m" },
  },
  handoff: [{ title: "Convert {{task.title}}", type: "mobiledoc", payload: { a: [1] } }],
  env: { allow: ["KEY"], set: { A: "b" } },
  cwd: ".",
};

async function check(content: Buffer | string): Promise<boolean> {
  await writeFile(file, content);
  try {
    const { role } = await loadRole(folder, "debbie");
    expect(role).toMatchObject({
      name: "debbie",
      command: { adapter: expect.stringMatching(/^(command|claude)$/) as string },
    });
    return true;
  } catch (error) {
    expectPlaces(error, file);
    await expect(validateFiles([file])).rejects.toMatchObject({ message: error.message });
    return false;
  }
}

test("the role that is spoiled here is a good one", async () => expect(await check(stringify(good))).toBe(true));

test("a role file is read, or refused with file, line and column", async () => {
  let refused = 0;
  const property = fc.asyncProperty(broken(good), async (content) => {
    if (!(await check(content))) refused++;
  });
  await fc.assert(property, { seed: SEED, numRuns: 200 });
  expect(refused).toBeGreaterThan(100);
});

test("so is one that is huge, or that grows when it is read", async () => {
  for (const content of HUGE) {
    await writeFile(file, content);
    expectPlaces(await loadRole(folder, "debbie").catch((error: unknown) => error), file);
  }
});

test("a problem is told at its own line", async () => {
  const lines = stringify(good).split("\n");
  const starts = lines.flatMap((line, index) => (/^\w/.test(line) ? [index] : []));
  const planted = fc.constantFrom(
    ["descripton: x", 'unknown key "descripton": did you mean "description"?'],
    ["zzz: 1", 'unknown key "zzz"'],
    ["prompt: [a]", "prompt must be text, found a list"],
    ["prompt_file: ''", "prompt_file must have at least 1 character"],
    ["concurrency: many", "this key is there twice"],
    ["\tprompt: x", "a tab cannot indent YAML"],
    ["prompt: !magic x", "Unresolved tag"],
    ["prompt: *nowhere", "Unresolved alias"],
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...starts), planted, async (at, [line = "", says = ""]) => {
      await writeFile(file, lines.toSpliced(at, 0, line).join("\n"));
      const error = (await loadRole(folder, "debbie").catch((error: unknown) => error)) as MjError;
      expectPlaces(error, file);
      const found = error.message.split("\n").find((problem) => problem.includes(says));
      const place = Number(found?.slice(file.length + 1).split(":")[0]);
      // Of two equal keys the second is told.
      const second = line.startsWith("concurrency")
        ? Math.max(
            at,
            lines.toSpliced(at, 0, line).findLastIndex((l) => l.startsWith("concurrency")),
          )
        : at;
      expect(place, `${line} → ${error.message}`).toBe(second + 1);
    }),
    { seed: SEED, numRuns: 60 },
  );
});
