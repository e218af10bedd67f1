import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const AGENT = fileURLToPath(new URL("agent.sh", import.meta.url));

export const WORKSPACE = { id: "MJ_ONLINE", prefix: "mjwork" };

/** Which types each role takes. */
export const ROLES = {
  cutter: ["cut", "either"],
  joiner: ["join", "either"],
  relay: ["relay"],
};

/** Role of launcher number `index`: every role has one, and the first two most. */
export const roleOf = (index) => ["cutter", "joiner", "relay", "cutter", "joiner"][index % 5];

const HANDOFF = `
handoff:
  - title: "after {{task.title}}"
    type: join
    payload: { how: ok, seconds: "0.100" }
`;

const yamlOf = (name) => `name: ${name}
match: { types: [${ROLES[name].join(", ")}] }
command:
  adapter: command
  run: ["/bin/sh", ${JSON.stringify(AGENT)}, "{{task.payload.how}}", "{{task.payload.seconds}}"]
concurrency: 4
retry: { max_attempts: 50, backoff: 200ms, max_backoff: 1s }
env: { allow: [CHAOS_RUNS] }
${name === "relay" ? HANDOFF : ""}`;

/** Every stream on every server. */
export const workspaceFor = (servers) => ({ ...WORKSPACE, ...(servers > 1 && { replicas: servers }) });

/** Writes a project folder: `mjagent.yaml` and the roles. */
export async function writeProject(folder, servers) {
  await mkdir(join(folder, "agents"), { recursive: true });
  const config = { workspace: workspaceFor(servers) };
  // JSON is YAML.
  await writeFile(join(folder, "mjagent.yaml"), JSON.stringify(config));
  for (const name of Object.keys(ROLES)) await writeFile(join(folder, "agents", `${name}.yaml`), yamlOf(name));
  return folder;
}
