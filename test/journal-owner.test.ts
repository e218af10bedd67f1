import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  abandonedJournals,
  fateOf,
  type JournalOwner,
  journalName,
  leftJournalName,
  type OwnerFate,
  thisOwner,
} from "../src/journal-owner.js";
import { deadOwner, recycledOwner } from "./support/journals.js";

const MACHINE = "4026531836";
const BOOT = "32cd0c84-6c0a-429a-b79e-2304e2987022";
const AFTER = "00000000-0000-4000-8000-000000000000";
/** A process that is not there, as seen by one that shares all with it. */
const owner: JournalOwner = { pid: process.pid, started: `${BOOT}:5`, namespace: MACHINE, host: "here" };

describe("what became of the owner of a journal", () => {
  test("this process lives; one that ended is dead; one whose number was given away is dead", async () => {
    expect(await fateOf(await thisOwner())).toBe("alive");
    expect(await fateOf(await deadOwner())).toBe("dead");
    expect(await fateOf(await recycledOwner())).toBe("dead");
  });

  test.each<[string, Partial<JournalOwner>, Partial<JournalOwner>, OwnerFate]>([
    ["here", {}, {}, "dead"],
    ["before a restart of the machine", {}, { started: `${AFTER}:5` }, "vanished"],
    ["on another machine", {}, { started: `${AFTER}:5`, host: "other" }, "elsewhere"],
    ["on this machine, which was given another name", {}, { host: "other" }, "dead"],
    ["in this container, before it was started again", { namespace: "7" }, { namespace: "8" }, "vanished"],
    ["in another container", { namespace: "7" }, { namespace: "8", host: "other" }, "elsewhere"],
    ["on the machine, seen from a container", {}, { namespace: "8" }, "elsewhere"],
    ["in a container, seen from the machine", { namespace: "7" }, {}, "elsewhere"],
    ["where there is no boot id, and here neither", { started: "Fri Nov 21" }, { started: "Sat Nov 22" }, "dead"],
    ["the same on another machine", { started: "Fri Nov 21" }, { started: "Sat Nov 22", host: "other" }, "elsewhere"],
  ])("%s", async (_, of, here, fate) => {
    expect(await fateOf({ ...owner, ...of }, { ...owner, ...here })).toBe(fate);
  });
});

test("the name of a journal says whose it is, whatever the host is called", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  const gone = { ...(await deadOwner()), host: "büro 1.example.com/x" };
  const names = [
    journalName(await thisOwner(), "alive"),
    journalName(gone, "gone"),
    journalName({ ...gone, started: null, host: "other" }, "elsewhere"),
    leftJournalName("left-behind"),
    ...["notes.txt", "1.jsonl", "%.%.%.%.%.jsonl", "left.jsonl"],
  ];
  for (const name of names) await writeFile(join(dir, name), "");
  const found = await abandonedJournals(dir);
  expect(found.map(({ id, fate }) => [id, fate]).sort()).toEqual([
    ["gone", "dead"],
    ["left-behind", "vanished"],
  ]);
  await rm(dir, { recursive: true });
  expect(await abandonedJournals(dir)).toEqual([]);
});
