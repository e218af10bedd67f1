import { createHash } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { accountVariables } from "../domain/agent-cli.js";
import type { Role } from "../domain/role.js";
import { type ExecutorOptions, setUp } from "./attempt.js";

/**
 * A name for the account at its provider that a role's commands work with here: what the role calls it, else a key's
 * variable and a fingerprint of it, else the login of this user of this host. Null: no agent CLI, so none is known.
 * @param role with `auto` settled, as `readyRole` does
 */
export function accountOf(role: Role, options: ExecutorOptions): string | null {
  const { command } = role;
  if (command.adapter === "command") return null;
  if (command.account !== undefined) return command.account;
  const { env } = setUp(role, options);
  const keys = accountVariables(command.adapter).filter((name) => env[name] !== undefined && env[name] !== "");
  const [only] = keys;
  if (only === undefined) return `${command.adapter}-login-${fingerprint(`${userInfo().username}@${hostname()}`)}`;
  // Of a CLI that has keys of several providers it is not known which one it works with.
  const name = keys.length === 1 ? only : command.adapter;
  return `${name}-${fingerprint(keys.map((key) => env[key]).join("\n"))}`;
}

/** Tells accounts apart; a key cannot be found from it. */
const fingerprint = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
