import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { homedir } from "node:os";
import { z } from "zod";
import { errnoOf, MjError } from "../errors.js";
import { configDir } from "../paths.js";
import { check, unknown } from "../schema-problems.js";
import { type NatsSettings, parseServers } from "./settings.js";

// The format of natscli, from github.com/nats-io/jsm.go/natscontext (context.go, backend_file.go): one JSON file a
// context, in $XDG_CONFIG_HOME/nats/context or ~/.config/nats/context; empty texts mean "not set".
const text = z.string().nullish();
const ContextFile = z.object({
  url: text,
  user: text,
  password: text,
  token: text,
  creds: text,
  nkey: text,
  user_jwt: text,
  user_seed: text,
  cert: text,
  key: text,
  ca: text,
  inbox_prefix: text,
  tls_first: z.boolean().nullish(),
  nsc: text,
  socks_proxy: text,
  jetstream_domain: text,
  jetstream_api_prefix: text,
  windows_cert_store: text,
});

/** Fields that change where a connection goes or what it means: ignoring one would be worse than refusing it. */
const REFUSED = ["nsc", "socks_proxy", "jetstream_domain", "jetstream_api_prefix", "windows_cert_store"] as const;
const FILES = ["creds", "nkey", "cert", "key", "ca"] as const;
const TEXTS = {
  user: "user",
  password: "password",
  token: "token",
  user_jwt: "userJwt",
  user_seed: "userSeed",
  inbox_prefix: "inboxPrefix",
} as const;

const natsDir = (): string => join(dirname(configDir()), "nats");

/**
 * The settings of a natscli context. The empty name is the one natscli has selected (`context.txt`); nothing looks at
 * that unless it is asked for.
 * @throws MjError `usage` when there is no such context, or it needs what mjagent cannot do
 */
export async function readNatsContext(name: string, dir = natsDir()): Promise<NatsSettings> {
  const wanted = name === "" ? await selectedContext(dir) : name;
  const file = join(dir, "context", `${wanted}.json`);
  const fields = await readContextFile(wanted, file, dir);
  const refused = REFUSED.find((field) => isGiven(fields[field]));
  if (refused !== undefined) {
    throw new MjError("usage", `the NATS context "${wanted}" uses ${refused}, which mjagent cannot do`, {
      why: file,
      hint: "use another context, or name --server and --creds instead",
    });
  }
  // A context without a URL means NATS's own default (context.go, ServerURL).
  const url = isGiven(fields.url) ? fields.url : "nats://127.0.0.1:4222";
  const settings = parseServers(url, `the NATS context "${wanted}"`);
  for (const [field, setting] of Object.entries(TEXTS)) {
    const value = fields[field as keyof typeof TEXTS];
    if (isGiven(value)) settings[setting] = resolveSecret(value, wanted, field);
  }
  for (const field of FILES) {
    const value = fields[field];
    if (isGiven(value)) settings[field] = resolveFile(value, wanted, field);
  }
  if (fields.tls_first === true) settings.tlsFirst = true;
  return settings;
}

/** The names of the contexts there are. */
async function contextNames(dir = natsDir()): Promise<string[]> {
  const entries = await readdir(join(dir, "context")).catch(() => []);
  return entries.filter((entry) => entry.endsWith(".json")).map((entry) => entry.slice(0, -".json".length));
}

async function selectedContext(dir: string): Promise<string> {
  const name = (await readFile(join(dir, "context.txt"), "utf8").catch(() => "")).trim();
  if (name !== "") return name;
  throw new MjError("usage", "no NATS context is selected", {
    hint: "name one with --context, or run: nats context select",
  });
}

async function readContextFile(name: string, file: string, dir: string): Promise<z.output<typeof ContextFile>> {
  if (/[/\\]|\.\./.test(name)) throw new MjError("usage", `"${name}" is not the name of a NATS context`);
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (cause) {
    if (errnoOf(cause) !== "ENOENT") throw new MjError("usage", `cannot read the NATS context ${file}`, { cause });
    const names = await contextNames(dir);
    throw new MjError("usage", unknown("NATS context", name, names), {
      hint: names.length === 0 ? `${file} does not exist; make it with: nats context add ${name}` : undefined,
      cause,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw new MjError("usage", `the NATS context ${file} is not JSON`, { cause });
  }
  const checked = check(ContextFile, json);
  if (checked.ok) return checked.value;
  throw new MjError("usage", checked.problems.map((problem) => `${file}: ${problem.text}`).join("\n"));
}

const isGiven = (value: string | null | undefined): value is string =>
  value !== undefined && value !== null && value !== "";

/** As natscli does: `$VAR` and `~` stand for what a shell makes of them; `file://` is a bare path. */
function resolveFile(value: string, context: string, field: string): string {
  const path = value.replace(/^file:\/\//, "");
  if (/^([a-z][a-z0-9+.-]+):/i.test(path)) throw unreadable(context, field);
  const expanded = path.replace(/\$\{(\w+)\}|\$(\w+)/g, (_, a?: string, b?: string) => process.env[a ?? b ?? ""] ?? "");
  return resolve(expanded.replace(/^~/, homedir()));
}

function resolveSecret(value: string, context: string, field: string): string {
  const variable = /^env:\/\/(\w+)$/.exec(value)?.[1];
  if (variable !== undefined) {
    const found = process.env[variable];
    if (isGiven(found)) return found;
    throw new MjError("usage", `the NATS context "${context}" takes its ${field} from $${variable}, which is not set`);
  }
  if (/^(op|nsc|data|file):/i.test(value)) throw unreadable(context, field);
  return value;
}

const unreadable = (context: string, field: string): MjError =>
  new MjError("usage", `the NATS context "${context}" keeps its ${field} where mjagent cannot read it`, {
    why: "only files and plain values are read",
    hint: `give it another way, such as ${field === "creds" ? "--creds" : `NATS_${field.toUpperCase()}`}`,
  });
