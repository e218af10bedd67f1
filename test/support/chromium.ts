import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATH = process.env["MJAGENT_CHROMIUM"] ?? "/usr/bin/chromium";
const ARGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync";

/** The browser that is installed here; null when there is none. */
export const CHROMIUM = existsSync(PATH) ? PATH : null;

export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath: PATH, args: ARGS.split(" ") });
