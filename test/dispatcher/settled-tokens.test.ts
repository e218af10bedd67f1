import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { queuedTokens, TokenSource } from "../../src/nats/queue.js";
import { lead } from "../support/candidates.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import { registerRole } from "../../src/nats/registry.js";
import { registrationOf } from "../../src/domain/role.js";
import "../support/state-dir.js";

const never = new AbortController().signal;

/** The folder in which the server has the messages of a stream. */
async function messagesOf(storeDir: string, stream: string): Promise<string> {
  const folders = await readdir(storeDir, { recursive: true });
  return join(
    storeDir,
    folders.find((folder) => folder.endsWith(join(stream, "msgs")))!,
  );
}

test("a token that its consumer has settled and the server has kept does not keep its task from being queued", async () => {
  await using server = await startTestServer();
  const workspace = freshWorkspace();
  await using session = await openTestSession(server.url, workspace);
  const role = roleOf("a");
  await registerRole(session, registrationOf(role));
  {
    await using _leader = await lead(session);
    await publish(session, { task_id: "t", title: "T", type: "a" });
    await eventually(async () => (await queuedTokens(session)).size === 1);
  }
  const source = await TokenSource.open(session, "a");
  // As a kill leaves it: the messages as they were before the ack, the consumer as it was after.
  const messages = await messagesOf(server.storeDir, session.names.queue.stream);
  const before = `${server.storeDir}-before`;
  await server.stop();
  await cp(messages, before, { recursive: true });
  await server.restart();
  const [token] = await source.pull(1, never);
  token!.ack();
  await eventually(async () => (await queuedTokens(session)).size === 0);
  await server.stop();
  await rm(messages, { recursive: true });
  await cp(before, messages, { recursive: true });
  await rm(before, { recursive: true });
  await server.restart();

  await eventually(async () => (await queuedTokens(session)).size === 0);
  await using _fleet = await launch(session, [{ role, run: () => Promise.resolve("done") }]);
  expect(await taskWhen(session, "t", "completed")).toMatchObject({ attempts: 1 });
});
