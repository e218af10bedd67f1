import { createHash } from "node:crypto";
import { z } from "zod";
import { type Artifact, mediaTypeOf } from "../domain/artifact.js";
import { objectName } from "../domain/large-values.js";
import { chunksUnder, objectsOf } from "./artifacts.js";
import { putObject, readBytes, readInfo } from "./objects.js";
import type { Session } from "./session.js";

/** Whose files they are. */
export interface ArtifactOwner {
  task_id: string;
  attempt: number;
  epoch: number;
  agent_id: string;
}

/** What is said of a file in the metadata of its object, whose own name cannot hold every path. */
const Metadata = z.object({
  name: z.string().min(1),
  media_type: z.string(),
  attempt: z.coerce.number(),
  epoch: z.coerce.number(),
  agent_id: z.string(),
});

/** Keeps a file under its task's id, with which it is removed. @throws Unanswered, or what the server says */
export async function keepFile(session: Session, of: ArtifactOwner, name: string, data: Buffer): Promise<void> {
  const { task_id, epoch, attempt, agent_id } = of;
  const hash = createHash("sha256")
    .update(JSON.stringify([agent_id, attempt, name]))
    .digest("hex")
    .slice(0, 32);
  const object = objectName("artifact", task_id, `${epoch}-${hash}`);
  await putObject(session, object, chunksUnder(object), data, {
    ...{ name, media_type: mediaTypeOf(name), agent_id },
    ...{ attempt: String(attempt), epoch: String(epoch) },
  });
}

/** The files that a task's attempts handed in, in the order of attempts and names. */
export async function filesOf(session: Session, taskId: string): Promise<Artifact[]> {
  const { names } = await objectsOf(session, taskId);
  const objects = names.filter((name) => name.startsWith("artifact/"));
  const files = await Promise.all(objects.map((object) => fileOf(session, object)));
  return files.flatMap((file) => file ?? []).sort((a, b) => a.epoch - b.epoch || a.name.localeCompare(b.name));
}

async function fileOf(session: Session, object: string): Promise<Artifact | null> {
  const entry = await readInfo(session, object);
  const metadata = Metadata.safeParse(entry?.metadata);
  if (!entry || !metadata.success) return null;
  const [, base64 = ""] = /^SHA-256=(.+)$/.exec(entry.digest) ?? [];
  const digest = `sha256:${Buffer.from(base64, "base64url").toString("hex")}`;
  return { ...metadata.data, size: entry.size, digest, object, stored_at: entry.mtime };
}

/** The content of a file; null when it is not stored any more. */
export const readFileOf = (session: Session, { object }: Artifact): Promise<Buffer | null> =>
  readBytes(session, object);
