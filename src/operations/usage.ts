import type { UsageEntry } from "../domain/usage.js";
import type { Session } from "../nats/session.js";
import { readUsage } from "../nats/usage-ledger.js";

/** What the attempts that began since a moment have used, those that run included. */
export const usageSince = (session: Session, since: Date): Promise<UsageEntry[]> => readUsage(session, since.getTime());
