import { testCli } from "./real.js";

// Seen with the others, too; but it says nothing while it tries again, for minutes, and lets its shell not sleep.
const others = { "http:500": null, empty: null, hang: null, slow: null, loop: null, "sleep:90000": null };

await testCli("qwen", { "http:401": "auth", cut: "network", ...others });
