// A dispatcher in a process of its own, which tests may stop or starve: `node leader.mjs <url> <id> <prefix> <lease ms>`.
// A line `block <ms>` on its stdin keeps its event loop busy for so long. It ends with its stdin.
import { createInterface } from "node:readline";
import { Candidate } from "../../dist/dispatcher/candidate.js";
import { connectNats } from "../../dist/nats/connect.js";
import { Notices } from "../../dist/nats/notices.js";
import { openSession } from "../../dist/nats/session.js";

const [url, id, prefix, leaseMs] = process.argv.slice(2);
const nc = await connectNats({ servers: [url] }, { name: "leader", timeoutMs: 10_000 });
const session = await openSession(nc, { id, prefix });
new Candidate(session, {
  instanceId: "leader",
  leaseMs: Number(leaseMs),
  onLeading: () => console.log("leading"),
  notices: new Notices(session, (notice) => console.log(`notice: ${notice}`)),
});
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(line.split(" ")[1]));
  console.log("unblocked");
});
lines.on("close", () => process.exit(0));
