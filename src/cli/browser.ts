import { spawn } from "node:child_process";

/** Somebody else's screen, or nobody's. */
const ELSEWHERE = ["CI", "SSH_CONNECTION", "SSH_TTY"];

/** Opens an address in the browser of this machine, where there is one to be seen. Says nothing when it does not work. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env): void {
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== "";
  if (ELSEWHERE.some(isSet)) return;
  const isLinux = process.platform === "linux";
  if (isLinux && !isSet("DISPLAY") && !isSet("WAYLAND_DISPLAY")) return;
  const child = spawn(isLinux ? "xdg-open" : "open", [url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
