import { testCli } from "./real.js";

// Of a 500 it says nothing while it tries again, for more than a minute.
await testCli("opencode", {
  "http:401": "auth",
  "http:429": "rate_limited",
  "http:500": "stalled",
  cut: "network",
  empty: "loop",
});
