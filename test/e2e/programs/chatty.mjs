// Prints numbered lines, so many a second for so many seconds; with "odd", bytes that are no text in between.
import { setTimeout as sleep } from "node:timers/promises";

const [perSecond, seconds, odd] = process.argv.slice(2);
const total = Number(perSecond) * Number(seconds);
const started = performance.now();
for (let line = 0; line < total;) {
  const due = Math.min(total, Math.floor(((performance.now() - started) / 1_000) * Number(perSecond)));
  const lines = [];
  while (line < due) {
    const text = Buffer.from(`line ${++line} ${"x".repeat(60)}`);
    lines.push(odd === undefined ? text : Buffer.concat([text, Buffer.from([0x20, 0xff, 0xfe, 0x00, 0xc3, 0x28])]));
    lines.push(Buffer.from("\n"));
  }
  if (!process.stdout.write(Buffer.concat(lines)))
    await new Promise((resolve) => process.stdout.once("drain", resolve));
  await sleep(10);
}
