import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { percentiles, rate } from "./measure.mjs";

/** Between two publishes of the latency figures: what rests is slower to start, raw or not. */
export const REST_MS = 5;
const RECORD = JSON.stringify({ filler: "x".repeat(900) });

/** What the same server and client do without mjagent: the limits everything else is held against. */
export async function rawFigures(connect) {
  const nc = await connect();
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: "RAW", subjects: ["raw.>"], max_msgs_per_subject: 1 });
  nc.subscribe("echo", { callback: (_, message) => message.respond("") });
  let key = 0;
  const cas = () => js.publish(`raw.${++key}`, RECORD, { expect: { lastSubjectSequence: 0 } });
  await rate(500, 1, cas);
  const figures = {
    request: await percentiles(1_000, () => nc.request("echo", "")),
    cas: await percentiles(1_000, cas),
    casAfterRest: await percentiles(300, cas, REST_MS),
    casPerSecond: await rate(20_000, 100, cas),
    publishPerSecond: await rate(20_000, 100, () => js.publish(`raw.${++key}`, RECORD)),
  };
  await jsm.streams.delete("RAW");
  await nc.close();
  return figures;
}
