/** Runs `work` `n` times, one after the other, `restMs` apart. @returns ms at the 50th and 99th percentile */
export async function percentiles(n, work, restMs = 0) {
  const times = [];
  for (let i = 0; i < n; i++) {
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    const started = performance.now();
    await work(i);
    times.push(performance.now() - started);
  }
  return quantiles(times);
}

export function quantiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Runs `work` `n` times with `concurrency` at a time. @returns how many a second */
export async function rate(n, concurrency, work) {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < n) await work(next++);
    }),
  );
  return (n / (performance.now() - started)) * 1_000;
}
