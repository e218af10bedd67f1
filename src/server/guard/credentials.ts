import type { IncomingHttpHeaders } from "node:http";
import { cookieName, isLogin, isSame } from "./signing.js";
import type { Scope, Tokens } from "./tokens.js";

/** Who asks: what they may do, and whether they said so themselves or their browser did for them. */
export interface Credentials {
  scope: Scope;
  by: "token" | "cookie";
}

/** Who a request says it is from; null: nobody we know. Pure. @param now epoch ms */
export function credentialsOf(
  headers: IncomingHttpHeaders,
  tokens: Tokens,
  port: number,
  now: number,
): Credentials | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) {
    if (isSame(bearer, tokens.operate)) return { scope: "operate", by: "token" };
    return isSame(bearer, tokens.read) ? { scope: "read", by: "token" } : null;
  }
  const cookie = cookieOf(headers.cookie, cookieName(port));
  return cookie !== undefined && isLogin(tokens.operate, port, cookie, now) ? { scope: "operate", by: "cookie" } : null;
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const [key, value] = part.split("=", 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}
