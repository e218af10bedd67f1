import { mayReplicate, REPLICATION_FLOOR } from "../domain/replication.js";
import { MjError } from "../errors.js";

/**
 * Refuses copies that a server cannot be trusted with.
 * @param version of the server we are connected to: what the others of its cluster run is not known
 * @param what has them, or asks for them, as the error names it
 * @throws MjError failure
 */
export function checkReplication(version: string, copies: number, what: string): void {
  if (mayReplicate(version, copies)) return;
  throw new MjError("failure", `${what}: nats-server ${version} cannot be trusted with more than one copy`, {
    why:
      `before ${REPLICATION_FLOOR} a replicated stream can accept two writes of which only one may win, ` +
      "and two agents would run the same task",
    hint:
      `update every nats-server of the cluster to ${REPLICATION_FLOOR} or newer, ` +
      "or keep one copy: workspace: { replicas: 1 } in mjagent.yaml",
  });
}
