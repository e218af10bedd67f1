import { testCli } from "./real.js";

await testCli("gemini", {
  "http:401": "auth",
  "http:429": "rate_limited",
  "http:500": "server_error",
  cut: "network",
  empty: "no_result",
  "flaky:503:1": "completed",
});
