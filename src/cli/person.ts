import { hostname, userInfo } from "node:os";

/** Who acts, as records keep it: `user@host`. */
export const person = (): string => `${userName()}@${hostname()}`;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? `uid${process.getuid?.() ?? ""}`; // a container's user id without a name
  }
}
