import { testCli } from "./real.js";

await testCli("qwen", {
  "http:401": "auth",
  // It says nothing while it tries again, for minutes.
  "http:500": "stalled",
  cut: "network",
  empty: "no_result",
  // It lets its shell not sleep that long.
  "sleep:90000": "completed",
});
