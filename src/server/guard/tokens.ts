import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { errnoOf, MjError } from "../../errors.js";
import { stateDir } from "../../paths.js";

const Token = z.string().regex(/^[A-Za-z0-9_-]{43,}$/);

/** What lets in: `read` to look, `operate` to look and to change. */
const Tokens = z.object({ read: Token, operate: Token });
export type Tokens = z.output<typeof Tokens>;
export type Scope = keyof Tokens;

/** Where this user's tokens are: a file that nobody else can read. */
export const tokenFile = (): string => join(stateDir(), "serve", "tokens.json");

/**
 * Reads the tokens, or makes them when there are none.
 * @throws MjError auth: the file is not what it must be
 */
export async function ensureTokens(file = tokenFile()): Promise<Tokens> {
  return (await readTokens(file)) ?? (await makeTokens(file));
}

/**
 * The tokens there are; null when there are none.
 * @throws MjError auth: others can read the file, or it holds something else
 */
export async function readTokens(file = tokenFile()): Promise<Tokens | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw unfit(file, `it cannot be read (${errnoOf(error) ?? String(error)})`, error);
  }
  const { mode, uid } = await stat(file);
  if ((mode & 0o077) !== 0) throw unfit(file, "other users of this machine can read it");
  if (process.getuid && uid !== process.getuid()) throw unfit(file, "it belongs to another user");
  const tokens = Tokens.safeParse(jsonOf(text));
  if (!tokens.success) throw unfit(file, "it does not hold two tokens");
  return tokens.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Written aside and linked into place: of two who come at once one wins, and nobody reads half of it. */
async function makeTokens(file: string): Promise<Tokens> {
  const make = (): string => randomBytes(32).toString("base64url");
  const tokens: Tokens = { read: make(), operate: make() };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.${make().slice(0, 8)}`;
  try {
    await writeFile(aside, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    await link(aside, file);
    return tokens;
  } catch (error) {
    const others = errnoOf(error) === "EEXIST" ? await readTokens(file) : null;
    if (others) return others;
    throw unfit(file, `it cannot be written (${errnoOf(error) ?? String(error)})`, error);
  } finally {
    await rm(aside, { force: true });
  }
}

const unfit = (file: string, why: string, cause?: unknown): MjError =>
  new MjError("auth", `the tokens of the coordinator in ${file} are not usable`, {
    why,
    hint: "remove the file: new ones are made at the next start, and old links and logins end",
    cause,
  });
