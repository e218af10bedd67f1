#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write(
    "error: mjagent is not built\n  why: dist/ is missing\n  next: run npm ci (or npm run build) in its folder\n",
  );
  process.exitCode = 1;
}
