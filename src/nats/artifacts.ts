import { Objm } from "@nats-io/obj";
import type { Session } from "./session.js";

/** Keeps the report of an attempt that came too late to count, as object `late/<task>.<epoch>`. */
export async function keepLateResult(session: Session, attemptId: string, report: unknown): Promise<void> {
  const bucket = await new Objm(session.nc).open(session.names.artifacts.name);
  const data = new TextEncoder().encode(JSON.stringify(report));
  await bucket.putBlob({ name: `late/${attemptId}` }, data);
}
