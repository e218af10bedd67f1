// Loaded with --import: the clock of this process is off by MJ_TEST_CLOCK_OFF ms, as a host's can be.
const off = Number(process.env.MJ_TEST_CLOCK_OFF);
const now = Date.now;
Date.now = () => now() + off;
globalThis.Date = new Proxy(Date, {
  construct: (target, args) => (args.length === 0 ? new target(target.now()) : new target(...args)),
});
