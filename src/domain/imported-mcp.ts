import { z } from "zod";
import type { McpServer } from "./command.js";

/** A server as the CLIs write it down; what else is said about it has no counterpart. */
const Written = z.object({
  type: z.enum(["stdio", "local"]).optional(),
  command: z.string().min(1),
  args: z.array(z.coerce.string()).optional(),
  env: z.record(z.string(), z.coerce.string()).optional(),
});

/** A variable that the CLI fills in, and nobody else would. */
const PLACEHOLDER = /\$\{|\$[A-Za-z_]|\bCOPILOT_MCP_/;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The MCP servers of an agent file that a role can have. */
export interface ImportedMcp {
  servers: Record<string, Partial<McpServer> & { command: string }>;
  /** False when something of what was written is not in `servers`. */
  whole: boolean;
}

/** Reads `mcpServers`, a map or a list of names and maps. Servers over the network have no counterpart. */
export function importedMcp(value: unknown): ImportedMcp {
  const parts: unknown[] = Array.isArray(value) ? value : [value];
  const found: ImportedMcp = { servers: {}, whole: true };
  for (const part of parts) {
    if (typeof part !== "object" || part === null) {
      found.whole = false;
      continue;
    }
    for (const [name, written] of Object.entries(part)) {
      const server = serverOf(written);
      if (server === undefined || !NAME.test(name)) found.whole = false;
      else {
        found.servers[name] = server;
        if (Object.keys(written as object).some((key) => !Object.hasOwn(Written.shape, key))) found.whole = false;
      }
    }
  }
  return found;
}

function serverOf(written: unknown): ImportedMcp["servers"][string] | undefined {
  const { data } = Written.safeParse(written);
  if (data === undefined || PLACEHOLDER.test(JSON.stringify(data))) return undefined;
  const { command, args, env } = data;
  return { command, ...(args && args.length > 0 && { args }), ...(env && Object.keys(env).length > 0 && { env }) };
}
