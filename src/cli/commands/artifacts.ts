import { z } from "zod";
import { type Artifact, sizeText } from "../../domain/artifact.js";
import { MjError } from "../../errors.js";
import type { Session } from "../../nats/session.js";
import { chooseArtifacts, listArtifacts, readArtifact, saveArtifacts } from "../../operations/artifacts.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import type { Column } from "../output.js";
import { oneLine } from "../text.js";

const Options = z
  .object({
    get: z.union([z.literal(true), z.array(z.string())]).optional(),
    into: z.string().min(1).optional(),
    force: z.boolean().default(false),
  })
  .refine(({ get, into, force }) => get !== undefined || (into === undefined && !force), {
    path: ["get"],
    error: "--into and --force go with it: mjagent artifacts ID --get --into DIR",
  });
type Options = z.output<typeof Options>;

const STDOUT = "-";

export async function run(context: CommandContext): Promise<undefined> {
  const { get, into, force } = readOptions(context, Options);
  const { out, args } = context;
  const id = args[0] ?? "";
  const names = get === true || get === undefined ? [] : get;
  if (into === STDOUT && (names.length !== 1 || out.json)) {
    throw new MjError("usage", "--into - writes one file to stdout", {
      hint: `name one, without --json: mjagent artifacts ${id} --get NAME --into -`,
    });
  }
  const session = await context.session();
  if (get === undefined) {
    const artifacts = await listArtifacts(session, id);
    out.list(artifacts, {
      id: ({ name }) => oneLine(name),
      columns: () => COLUMNS,
      empty: `task ${id} has no artifacts`,
    });
    return;
  }
  const chosen = await chooseArtifacts(session, id, names);
  if (into === STDOUT) await writeToStdout(context, session, chosen);
  else {
    const saved = await saveArtifacts(session, chosen, { into: into ?? ".", force });
    out.list(saved, {
      id: ({ path }) => oneLine(path),
      columns: () => [{ title: "PATH", value: ({ path }) => path }, ...COLUMNS.slice(1, 2)],
      empty: `task ${id} has no artifacts`,
    });
  }
}

async function writeToStdout({ out }: CommandContext, session: Session, [artifact]: Artifact[]): Promise<void> {
  if (artifact) await out.bytes(await readArtifact(session, artifact));
}

const COLUMNS: Column<Artifact>[] = [
  { title: "NAME", value: ({ name }) => name },
  { title: "SIZE", value: ({ size }) => sizeText(size), align: "right" },
  { title: "TYPE", value: ({ media_type }) => media_type },
  { title: "ATTEMPT", value: ({ attempt }) => String(attempt), align: "right" },
  { title: "DIGEST", value: ({ digest }) => digest, flexible: true },
];
