import { renameSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isRunning } from "../../process-identity.js";

const RecordSchema = z.object({
  pid: z.number().int().positive(),
  /** When the process started, so that another one with its number is not mistaken for it. */
  started: z.string().nullable(),
  /** Null until the server answered. */
  port: z.number().int().nullable(),
  url: z.string().nullable(),
  version: z.string(),
  store: z.string(),
  log: z.string(),
});

/** What `server.json` says of the local server. */
export type ServerRecord = z.infer<typeof RecordSchema>;

const fileIn = (dir: string): string => join(dir, "server.json");

/** The record of a server whose process still runs, or null. */
export async function readRecord(dir: string): Promise<ServerRecord | null> {
  let text: string;
  try {
    text = await readFile(fileIn(dir), "utf8");
  } catch {
    return null;
  }
  const record = RecordSchema.safeParse(parseJson(text));
  return record.success && (await isRunning(record.data)) ? record.data : null;
}

/** Writes the record, at once and whole: a server that is not recorded could not be found, or ended, again. */
export function writeRecord(dir: string, record: ServerRecord): void {
  const aside = `${fileIn(dir)}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(aside, fileIn(dir));
}

export async function removeRecord(dir: string): Promise<void> {
  await rm(fileIn(dir), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
