import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
import { createExecutor } from "../../src/executors/create.js";
import { filesOf, readFileOf } from "../../src/nats/artifact-files.js";
import { artifactSink } from "../../src/worker/artifacts.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What runs a shell text in the folder. */
const shell = (text: string, artifacts: string[] = []) =>
  createExecutor(
    Role.parse({ name: "builder", command: { adapter: "command", run: ["sh", "-c", text] }, artifacts, cwd: folder }),
    { projectDir: folder, graceMs: 500 },
  );

test("files are there before the task is completed; what is missing is in the result, and the task completes", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const text = `mkdir dist; echo "try $MJAGENT_ATTEMPT" > dist/page.html
    echo '{"artifacts": ["report.txt", "gone.txt"]}' > "$MJAGENT_OUTPUT"; echo report > report.txt`;
  await using _ = await launch(session, [{ role: roleOf("builder"), run: shell(text, ["dist/**"]) }]);
  await publish(session, { task_id: "t", title: "T", type: "builder" });
  const { result } = await taskWhen(session, "t", "completed");
  expect(result).toMatchObject({
    artifacts: ["report.txt", "gone.txt", "dist/page.html"],
    artifacts_left_out: ["gone.txt: there is no such file"],
  });
  const files = await filesOf(session, "t");
  expect(files.map(({ name, attempt, agent_id }) => [name, attempt, agent_id])).toEqual([
    ["dist/page.html", 1, "builder"],
    ["report.txt", 1, "builder"],
  ]);
  expect((await readFileOf(session, files[0]!))?.toString()).toBe("try 1\n");
});

test("a connection that is cut while a file is stored costs nothing", async () => {
  await using proxy = await startProxy(server.port);
  await using session = await openTestSession(proxy.url, freshWorkspace());
  const sink = artifactSink(
    session,
    { task_id: "cut", attempt: 1, epoch: 1, agent_id: "a" },
    new AbortController().signal,
  );
  const lost = proxy.loseAnswer("the content", '"seq"');
  const stored = sink({ name: "a.txt", data: Buffer.from("the content") });
  await lost;
  expect(await stored).toBeNull();
  expect(await filesOf(session, "cut")).toHaveLength(1);
});

test("a file waits for a server that is away; not when the attempt is stopped", async () => {
  await using proxy = await startProxy(server.port);
  await using session = await openTestSession(proxy.url, freshWorkspace());
  const of = { task_id: "away", attempt: 1, epoch: 1, agent_id: "a" };
  const [waits, stop] = [new AbortController(), new AbortController()];
  proxy.cut({ refuse: true });
  const waiting = artifactSink(session, of, waits.signal)({ name: "waits.txt", data: Buffer.from("x") });
  const stopped = artifactSink(session, of, stop.signal)({ name: "stopped.txt", data: Buffer.from("x") });
  stop.abort();
  expect(await stopped).toBe("the attempt was stopped");
  proxy.accept();
  expect(await waiting).toBeNull();
});
