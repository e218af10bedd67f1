import { Candidate } from "../../src/dispatcher/candidate.js";
import { Notices } from "../../src/nats/notices.js";
import type { Session } from "../../src/nats/session.js";
import { eventually } from "./eventually.js";

/** A candidate with what it said. */
export interface TestCandidate extends AsyncDisposable {
  candidate: Candidate;
  notices: string[];
  /** How often it was elected. */
  elections: number;
}

export function stand(session: Session, instanceId: string, leaseMs = 60_000): TestCandidate {
  const standing: TestCandidate = {
    notices: [],
    elections: 0,
    candidate: new Candidate(session, {
      instanceId,
      leaseMs,
      onLeading: () => standing.elections++,
      notices: new Notices(session, (notice) => standing.notices.push(notice)),
    }),
    [Symbol.asyncDispose]: () => standing.candidate[Symbol.asyncDispose](),
  };
  return standing;
}

/** A dispatcher that leads. */
export async function lead(session: Session, instanceId = "leader", leaseMs = 60_000): Promise<TestCandidate> {
  const standing = stand(session, instanceId, leaseMs);
  await eventually(() => standing.candidate.leading);
  return standing;
}
