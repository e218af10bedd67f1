import { testCli } from "./real.js";

await testCli("qwen", {
  "http:401": "auth",
  // It says nothing while it tries again, for minutes.
  "http:500": "stalled",
  cut: "network",
  empty: "no_result",
  // It refuses to let its shell sleep that long, and comes to its end.
  "sleep:90000": null,
});
