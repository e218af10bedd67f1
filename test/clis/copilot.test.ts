import { testCli } from "./real.js";

await testCli("copilot", {
  "http:401": "auth",
  "http:429": "rate_limited",
  "http:500": "server_error",
  cut: "network",
  empty: "no_result",
});
