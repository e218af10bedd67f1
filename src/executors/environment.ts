import type { Role } from "../domain/role.js";
import { MARKER } from "./proc.js";

/** What any program needs to find its files and speak the person's language; nothing that is a secret. */
const BASE = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM"];
const WINDOWS = [
  ...["SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "TEMP", "TMP", "windir"],
  ...["USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "ProgramData", "ProgramFiles"],
];

/** What an attempt tells its command about itself. */
export interface AttemptVariables {
  runId: string;
  taskId: string;
  attempt: number;
  epoch: number;
  agentId: string;
  workdir: string;
  /** Where the command may write its JSON result. */
  output: string;
  /** The copy of its memory that it may change. */
  memory?: string | undefined;
  workspace?: { id: string; prefix: string } | undefined;
}

const windows = process.platform === "win32";
/** Names of variables are case-insensitive on Windows. */
const fold = (name: string): string => (windows ? name.toUpperCase() : name);

/** The part of the launcher's environment a role's commands see, with what the role sets. */
export function roleEnvironment(
  { allow, set }: Pick<Role["env"], "allow" | "set">,
  from: NodeJS.ProcessEnv,
  natsUrl: string | undefined,
): Record<string, string> {
  const names = new Set([...BASE, ...(windows ? WINDOWS : []), ...allow].map(fold));
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && (names.has(fold(name)) || name.startsWith("LC_"))) env[name] = value;
  }
  // The server the launcher is connected to, which need not be the one its own environment names.
  if (allow.includes("NATS_URL") && natsUrl !== undefined) env["NATS_URL"] = natsUrl;
  return { ...env, ...set };
}

/** The whole environment of a command. A role cannot set what mjagent says about the attempt. */
export function commandEnvironment(
  role: Readonly<Record<string, string>>,
  attempt: AttemptVariables,
): Record<string, string> {
  return {
    ...role,
    [MARKER]: attempt.runId,
    MJAGENT_TASK_ID: attempt.taskId,
    MJAGENT_ATTEMPT: String(attempt.attempt),
    MJAGENT_EPOCH: String(attempt.epoch),
    MJAGENT_AGENT_ID: attempt.agentId,
    MJAGENT_WORKDIR: attempt.workdir,
    MJAGENT_OUTPUT: attempt.output,
    ...(attempt.memory === undefined ? {} : { MJAGENT_MEMORY: attempt.memory }),
    ...(attempt.workspace === undefined
      ? {}
      : { MJAGENT_WORKSPACE: attempt.workspace.id, MJAGENT_PREFIX: attempt.workspace.prefix }),
  };
}
