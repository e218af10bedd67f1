import { testCli } from "./real.js";

// It says nothing while it tries again, for minutes.
await testCli("qwen", { "http:401": "auth", "http:500": "stalled", cut: "network", empty: "no_result" });
