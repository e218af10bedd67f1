import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { errnoOf, MjError } from "../errors.js";

/** What `initProject` did with each file; paths are relative to the folder. */
export interface InitResult {
  created: string[];
  /** There before: left as they were. */
  kept: string[];
}

const CONFIG = `# Settings of this project; all of them: docs/configuration.md of mjagent.
# Flags and NATS_* variables win over this file.
# server: nats://127.0.0.1:4222
# workspace: { id: MJ_ONLINE, prefix: mjwork }
agents_dir: agents
`;

/** Puts the example agents and an \`mjagent.yaml\` into a folder. What exists is never overwritten. */
export async function initProject(folder: string): Promise<InitResult> {
  const examples = new URL("../../agents/", import.meta.url);
  const names = (await readdir(examples).catch(() => [])).filter((name) => /\.(ya?ml|md)$/.test(name)).sort();
  if (names.length === 0)
    throw new MjError("failure", "mjagent's own agents folder is missing", { why: examples.pathname });
  const result: InitResult = { created: [], kept: [] };
  const make = async (file: string, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
      result.created.push(file);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      result.kept.push(file);
    }
  };
  await mkdir(join(folder, "agents"), { recursive: true });
  for (const name of names) {
    await make(join("agents", name), () =>
      copyFile(new URL(name, examples), join(folder, "agents", name), constants.COPYFILE_EXCL),
    );
  }
  await make("mjagent.yaml", () => writeFile(join(folder, "mjagent.yaml"), CONFIG, { flag: "wx" }));
  return result;
}
