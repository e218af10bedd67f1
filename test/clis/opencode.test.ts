import { testCli } from "./real.js";

// Starting it takes seconds of both cores: the endless ones were seen, and are not seen each time.
const endless = { slow: null, loop: null, "sleep:90000": null };

// Of a 500 it says nothing while it tries again, for more than a minute.
await testCli("opencode", {
  "http:401": "auth",
  "http:429": "rate_limited",
  "http:500": "stalled",
  // It says that it was cut off, or nothing while it tries again: three times or for minutes, as it happens.
  cut: ["network", "stalled"],
  empty: "loop",
  ...endless,
});
