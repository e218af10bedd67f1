import { randomOf } from "./random.mjs";

/** Each kind of fault: how often it is drawn beside the others, and how long it lasts in ms, from and to. */
export const FAULTS = {
  "kill launcher": { weight: 14, ms: [200, 3_000] },
  "kill leader": { weight: 8, ms: [200, 3_000] },
  "kill command": { weight: 14, ms: [0, 0] },
  // Longer than the lease of 3 s.
  "stop launcher": { weight: 9, ms: [3_500, 7_000] },
  "restart launcher": { weight: 8, ms: [0, 1_000] },
  "kill server": { weight: 3, ms: [300, 2_500] },
  "cut connection": { weight: 10, ms: [0, 0] },
  "refuse connections": { weight: 6, ms: [1_000, 5_000] },
  "delay bytes": { weight: 8, ms: [2_000, 6_000] },
  "swallow bytes": { weight: 8, ms: [1_500, 7_000] },
  // Shorter than the lease: nobody is declared lost, and whoever wrote must find out what became of it.
  "lose answers": { weight: 8, ms: [150, 900] },
  "fill disk": { weight: 6, ms: [1_000, 4_000] },
  // What was finished meanwhile is nowhere but in the outbox.
  "cut off, then kill": { weight: 6, ms: [3_000, 6_000] },
};

/**
 * The faults of a seed, one after the other, for ever: the same ones for the same seed, whatever happens in the run.
 * @yields {{ kind: string, afterMs: number, forMs: number, victim: number, strength: number }} `victim` and `strength`
 * are from 0 to 1: who and how much, for the injector to scale
 */
export function* scheduleOf(seed, everyMs) {
  const random = randomOf(seed, "faults");
  const weights = Object.fromEntries(Object.entries(FAULTS).map(([kind, { weight }]) => [kind, weight]));
  for (;;) {
    const kind = random.weighted(weights);
    const [least, most] = FAULTS[kind].ms;
    yield {
      kind,
      afterMs: Math.round(everyMs * (0.5 + random.next())),
      forMs: random.int(least, most),
      victim: random.next(),
      strength: random.next(),
    };
  }
}
