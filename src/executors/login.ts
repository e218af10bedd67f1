import { access } from "node:fs/promises";
import { homedir } from "node:os";
import type { Adapter } from "./adapters/adapter.js";

/**
 * Where a CLI would find its account, as far as one can tell without asking the provider: the name of a variable, or a
 * file. Null: nothing that we know of; it may still have one, in a keychain say.
 */
export async function findLogin({ login }: Adapter, env: Readonly<Record<string, string>>): Promise<string | null> {
  const variable = login.env.find((name) => env[name] !== undefined && env[name] !== "");
  if (variable !== undefined) return variable;
  for (const file of login.files) {
    const path = pathOf(file, env);
    if (
      path !== null &&
      (await access(path).then(
        () => true,
        () => false,
      ))
    )
      return path;
  }
  return null;
}

/** Null when the variable it begins with is not set. */
function pathOf(file: string, env: Readonly<Record<string, string>>): string | null {
  if (file.startsWith("~")) return file.replace("~", env["HOME"] ?? homedir());
  const [, name = "", rest = ""] = /^\$(\w+)(.*)$/.exec(file) ?? [];
  const value = env[name];
  return value === undefined || value === "" ? null : `${value}${rest}`;
}
