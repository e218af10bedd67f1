import { describe, expect, test } from "vitest";
import { commandEnvironment, roleEnvironment } from "../../src/executors/environment.js";

const launcher = {
  PATH: "/bin",
  HOME: "/home/a",
  LANG: "C.UTF-8",
  LC_ALL: "C",
  AWS_SECRET_ACCESS_KEY: "s",
  CLAUDECODE: "1",
  NATS_URL: "nats://elsewhere:4222",
  MJAGENT_RUN_ID: "the launcher's own",
};
const base = { PATH: "/bin", HOME: "/home/a", LANG: "C.UTF-8", LC_ALL: "C" };

describe("roleEnvironment", () => {
  test.each<[string, string[], Record<string, string>, string | undefined, Record<string, string>]>([
    ["the base, and nothing else", [], {}, "nats://here:4222", base],
    [
      "what the role allows",
      ["AWS_SECRET_ACCESS_KEY", "NOT_SET"],
      {},
      undefined,
      { ...base, AWS_SECRET_ACCESS_KEY: "s" },
    ],
    ["what the role sets", [], { HOME: "/tmp", X: "1" }, undefined, { ...base, HOME: "/tmp", X: "1" }],
    [
      "NATS_URL is the connected server",
      ["NATS_URL"],
      {},
      "nats://here:4222",
      { ...base, NATS_URL: "nats://here:4222" },
    ],
    ["NATS_URL of the launcher", ["NATS_URL"], {}, undefined, { ...base, NATS_URL: "nats://elsewhere:4222" }],
  ])("%s", (_, allow, set, natsUrl, expected) => {
    expect(roleEnvironment({ allow, set }, launcher, natsUrl)).toEqual(expected);
  });
});

test("a role cannot set what mjagent says about the attempt", () => {
  const attempt = {
    runId: "r1",
    taskId: "42",
    attempt: 1,
    epoch: 2,
    agentId: "Debbie",
    workdir: "/w",
    output: "/o",
    workspace: { id: "MJ_ONLINE", prefix: "mjwork" },
  };
  expect(commandEnvironment({ MJAGENT_RUN_ID: "mine", A: "1" }, attempt)).toEqual({
    A: "1",
    MJAGENT_RUN_ID: "r1",
    MJAGENT_TASK_ID: "42",
    MJAGENT_ATTEMPT: "1",
    MJAGENT_EPOCH: "2",
    MJAGENT_AGENT_ID: "Debbie",
    MJAGENT_WORKDIR: "/w",
    MJAGENT_OUTPUT: "/o",
    MJAGENT_WORKSPACE: "MJ_ONLINE",
    MJAGENT_PREFIX: "mjwork",
  });
});
