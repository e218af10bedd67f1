import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lock } from "../../src/domain/locks.js";
import type { Why } from "../../src/domain/why.js";
import { registerRole, sendBeat } from "../../src/nats/registry.js";
import { changeSlots } from "../../src/nats/workspace-settings.js";
import { widthOf } from "../../src/cli/text.js";
import { beat, role } from "../domain/records.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  await registerRole(cli.session, role("debbie", { types: ["design"], phases: ["design"] }));
  await registerRole(cli.session, role("alice", { types: ["publishing"] }));
  await sendBeat(cli.session, beat({ current_tasks: ["busy"], status: "busy", lease_ms: 600_000 }), 0, 5_000);
});
afterAll(() => cli[Symbol.asyncDispose]());

/** What is said of a task, on one line. */
const why = async (id: string): Promise<string> => (await cli.mjagent(["why", id])).stdout.replace(/\s+/g, " ");
const json = async (id: string): Promise<Why> => JSON.parse((await cli.mjagent(["why", id, "--json"])).stdout) as Why;

/** As a client that writes records itself: nothing is checked. */
const publishRaw = (task_id: string, blocked_by: string[]) =>
  cli.apply(task_id, { type: "published", task_id, task: { title: "Raw\u001b[31m", blocked_by }, blockers: ["open"] });

describe("why", () => {
  test("follows a chain to its end: text, --json and -q", async () => {
    await cli.publish({ task_id: "draft", title: "Draft", type: "design", require_approval: true });
    await cli.publish({ task_id: "edit", title: "Edit", blocked_by: ["draft"] });
    await cli.publish({ task_id: "page", title: "Page", type: "publishing", blocked_by: ["edit"] });
    const run = await cli.mjagent(["why", "page"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    const text = run.stdout.replace(/\s+/g, " ");
    expect(text).toContain("page (Page) is blocked. It waits for edit, which waits for draft, which has waited for");
    expect(text).toContain("Then it is for alice. No agent of alice is online.");
    expect(run.stdout).toMatch(/^next: mjagent approve draft +lets it go on$/m);
    for (const line of run.stdout.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    const answer = await json("page");
    expect(answer).toMatchObject({ task_id: "page", status: "blocked", held_by: ["draft"] });
    expect(answer.causes[0]).toMatchObject({ code: "awaiting_approval", path: ["page", "edit", "draft"] });
    expect(answer.next[0]).toEqual({ command: "mjagent approve draft", text: "lets it go on" });
    expect((await cli.mjagent(["why", "page", "-q"])).stdout).toBe("draft");
  });

  test("no role matches; all agents are busy; paused", async () => {
    await cli.publish({ task_id: "ops", title: "Ops", type: "ops" });
    expect(await why("ops")).toContain(
      "debbie wants type design or a phase with design; alice wants type publishing; it has type ops, no phase.",
    );
    await cli.publish({ task_id: "more", title: "More", type: "design" });
    expect(await why("more")).toContain("All agents of debbie that are online are busy: Debbie with busy.");
    await cli.mjagent(["pause", "debbie", "--reason", "moving\nhouse"]);
    expect(await why("more")).toMatch(/debbie is paused by \S+ .*\(moving\\nhouse\)/);
    await cli.mjagent(["resume"]);
  });

  test("failed with what it waited for; cancelled by whom and why", async () => {
    await cli.publish({ task_id: "bad", title: "Bad" });
    await cli.publish({ task_id: "dep", title: "Dep", blocked_by: ["bad"] });
    await cli.fail("bad", "exited with 1");
    await cli.apply("dep", { type: "blocker_failed", blocker_id: "bad", message: "bad is failed" });
    expect(await why("dep")).toContain("dep (Dep) is failed. It waited for bad, which failed");
    expect((await json("dep")).next.map(({ command }) => command)).toContain("mjagent retry bad");
    await cli.publish({ task_id: "off", title: "Off" });
    await cli.mjagent(["cancel", "off", "--reason", "no need"]);
    expect(await why("off")).toMatch(/It was cancelled by \S+ .* ago: no need\. next: mjagent retry off/);
  });

  test("a circle, and a blocker that nobody has published, made by another client; its text is escaped", async () => {
    await publishRaw("c1", ["c2"]);
    await publishRaw("c2", ["c1"]);
    expect(await why("c1")).toContain("It waits for itself, so that nothing here can start: c1 → c2 → c1.");
    await publishRaw("m", ["nobody\u001b[2J"]);
    const { stdout } = await cli.mjagent(["why", "m"]);
    expect(stdout).toContain("m (Raw\\x1b[31m) is blocked. It waits for nobody\\x1b[2J, which does not exist");
    expect(stdout).not.toContain("\u001b");
    expect((await cli.mjagent(["why", "m", "-q"])).stdout).toBe("");
  });

  test("files that another task holds; locks lists who has them and who waits, and says when nobody does", async () => {
    const none = await cli.mjagent(["locks"]);
    expect(none).toMatchObject({ exitCode: 0, stdout: "" });
    expect(none.stderr).toMatch(/^no files are held/);
    const slot = { epoch: 1, role: "alice", owner: "Alice", instance_id: "i1", files: ["site/\u001b[31m**"] };
    await changeSlots(cli.session, (slots) => [...slots, { ...slot, task_id: "holds" }]);
    await cli.publish({ task_id: "waits", title: "Waits", type: "design", files: ["site/index.html"] });
    expect(await why("waits")).toContain(
      "holds (Alice) holds files that it needs: site/\\x1b[31m**, which overlaps site/index.html.",
    );
    expect((await cli.mjagent(["locks"])).stdout).toBe("holds\tAlice\talice\t-\tsite/\\x1b[31m**\twaits");
    expect((await cli.mjagent(["locks", "-q"])).stdout).toBe("holds");
    const locks = JSON.parse((await cli.mjagent(["locks", "--json"])).stdout) as Lock[];
    expect(locks).toMatchObject([
      { task_id: "holds", agent_id: "Alice", waiting: [{ task_id: "waits", behind: "holds" }] },
    ]);
  });

  test("in progress: tasks show says the same", async () => {
    await cli.publish({ task_id: "run", title: "Run", type: "design" });
    await cli.claim("run", "Nobody");
    const text = "No heartbeat of Nobody is known: after its lease it is given up";
    expect(await why("run")).toContain(text);
    expect((await cli.mjagent(["tasks", "show", "run"])).stdout.replace(/\s+/g, " ")).toContain(text);
  });

  test("an unknown id: exit 3 and the next step, with --json as JSON; none, or two: exit 2", async () => {
    const run = await cli.mjagent(["why", "nope"]);
    expect(run).toMatchObject({ exitCode: 3, stdout: "" });
    expect(run.stderr).toMatch(/^error: there is no task nope\n {2}next: mjagent tasks list shows the ids/);
    expect(JSON.parse((await cli.mjagent(["why", "*", "--json"])).stderr)).toMatchObject({
      error: { code: "not_found" },
    });
    expect(await cli.mjagent(["why"])).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await cli.mjagent(["why", "a", "b"])).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
