import { testCli } from "./real.js";

await testCli("codex", {
  "http:401": "auth",
  "http:429": "rate_limited",
  "http:500": "overloaded",
  cut: "network",
  empty: "network",
  "flaky:503:1": "completed",
});
