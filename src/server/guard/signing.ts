import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A login lasts this long; then a new link is needed. */
export const LOGIN_MS = 30 * 24 * 3_600_000;
/** A link that was not opened by then is void. */
export const LINK_MS = 10 * 60_000;

/** Signs for one purpose with a token that only this user has; what is signed for another purpose does not fit. */
const sign = (token: string, purpose: "login" | "link", text: string): string =>
  createHmac("sha256", token).update(`${purpose}:${text}`).digest("base64url");

/** Compares in a time that tells nothing about where they differ. */
export function isSame(given: string, wanted: string): boolean {
  // Of one length, whatever was given.
  const [a, b] = [given, wanted].map((text) => createHmac("sha256", "compare").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** Browsers send a cookie to every port of a host: the name tells ours from those of others. */
export const cookieName = (port: number): string => `mjagent_${port}`;

/** The value of the login cookie: not the token itself, and good for one port and one time. @param now epoch ms */
export function loginOf(token: string, port: number, now: number): string {
  const until = now + LOGIN_MS;
  return `${until}.${sign(token, "login", `${port}:${until}`)}`;
}

export function isLogin(token: string, port: number, value: string, now: number): boolean {
  const [until = "", signature = ""] = value.split(".");
  return isSame(signature, sign(token, "login", `${port}:${until}`)) && Number(until) > now;
}

/** An address that logs a browser in, once. Whoever has the token can make one; nobody is asked. @param now epoch ms */
export function linkOf(url: string, token: string, port: number, now: number): string {
  const issued = `${now.toString(36)}-${randomBytes(9).toString("base64url")}`;
  return `${url}/?key=${issued}.${signLink(token, port, issued)}`;
}

/** When a link's key was made, in epoch ms; null: not with this token, or for another port. */
export function linkIssued(token: string, port: number, key: string): number | null {
  const at = key.lastIndexOf(".");
  const issued = key.slice(0, Math.max(0, at));
  if (!isSame(key.slice(at + 1), signLink(token, port, issued))) return null;
  return Number.parseInt(issued.slice(0, issued.indexOf("-")), 36);
}

/** 128 bits of it: the address is to fit on one line of a terminal. */
const signLink = (token: string, port: number, issued: string): string =>
  sign(token, "link", `${port}:${issued}`).slice(0, 22);
