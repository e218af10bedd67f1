import { testCli } from "./real.js";

// Of a stream that is cut it asks for the answer once more, in one piece.
await testCli("claude", {
  "http:401": "auth",
  "http:429": "rate_limited",
  "http:500": "server_error",
  cut: "completed",
  empty: "no_result",
  "flaky:503:1": "completed",
});
