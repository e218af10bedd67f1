import { messageOf } from "../errors.js";
import type { ArtifactSink } from "../executors/executor.js";
import { type ArtifactOwner, keepFile } from "../nats/artifact-files.js";
import { isUnanswered, type Session } from "../nats/session.js";

/** For so long the files of an attempt wait for a server that is away: its result waits for them. */
const PATIENCE_MS = 30_000;
const AWAY = "the server was away for too long";

/**
 * Stores the files of one attempt. A server that stays away costs files, never the result: after half a minute, or
 * when one could not be stored in several tries, nothing is waited for any more.
 */
export function artifactSink(session: Session, of: ArtifactOwner, signal: AbortSignal): ArtifactSink {
  let patience = PATIENCE_MS;
  const stopped = new Promise<string>((resolve) => {
    signal.addEventListener("abort", () => resolve("the attempt was stopped"), { once: true });
  });
  const store = async (name: string, data: Buffer): Promise<string | null> => {
    const began = performance.now();
    await session.whenConnected(patience);
    patience -= performance.now() - began;
    if (!session.isConnected()) return AWAY;
    try {
      await keepFile(session, of, name, data);
      return null;
    } catch (error) {
      if (!isUnanswered(error)) return `it could not be stored: ${messageOf(error)}`;
      patience = 0;
      return AWAY;
    }
  };
  return ({ name, data }) => (signal.aborted ? stopped : Promise.race([store(name, data), stopped]));
}
