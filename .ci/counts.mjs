#!/usr/bin/env node
// `counts.mjs REPORT`: "PASSED FAILED" of vitest's JSON report; a file that did not even load is a failure.
// `counts.mjs --failures REPORT`: each failure with its file, its name and what was said.
import { readFileSync } from "node:fs";

const names = process.argv[2] === "--failures";
const report = JSON.parse(readFileSync(process.argv[names ? 3 : 2], "utf8"));
const SHOWN = 2_000;

const failures = report.testResults.flatMap(({ name: file, status, message, assertionResults }) => {
  const failed = assertionResults.filter((result) => result.status === "failed");
  if (failed.length > 0) return failed.map((result) => `${file}: ${result.fullName}\n${said(result.failureMessages)}`);
  return status === "failed" ? [`${file}\n${said([message])}`] : [];
});
console.log(names ? failures.join("\n") : `${report.numPassedTests} ${failures.length}`);

function said(messages) {
  return messages.join("\n").slice(0, SHOWN).replace(/^/gm, "  ");
}
