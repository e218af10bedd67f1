import { countOf, countText } from "../format.js";
import { hrefTo } from "../router.js";
import type { Lock } from "../wire.js";
import type { Read } from "../ui/async.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";
import { Section } from "./section.js";

const SHOWN = 30;
const FILES_SHOWN = 3;

/** Tasks that hold files, and how many wait behind each. */
export const Locks = ({ locks }: { locks: Read<Lock[]> }) => (
  <Section title="Files" of={locks} beside={(all) => <span class="faint num">{countOf(all.length, "task")}</span>}>
    {(all) =>
      all.length === 0 ? (
        <p class="faint">No task holds files.</p>
      ) : (
        <ul class="settings-rows">
          {all.slice(0, SHOWN).map((lock) => (
            <Held key={lock.task_id} lock={lock} />
          ))}
          {all.length > SHOWN && (
            <li class="faint">
              and {countText(all.length - SHOWN)} more: <code>mjagent locks</code>
            </li>
          )}
        </ul>
      )
    }
  </Section>
);

const Held = ({ lock: { task_id, title, files, agent_id, since, waiting } }: { lock: Lock }) => (
  <li>
    <a href={hrefTo(["tasks", task_id])}>
      <Line of={title ?? task_id} />
    </a>
    <span class="faint">
      <code>
        <Line of={files.slice(0, FILES_SHOWN).join(" ")} />
      </code>
      {files.length > FILES_SHOWN && ` and ${countText(files.length - FILES_SHOWN)} more`}
      {" · "}
      {agent_id === null ? "has its turn" : <Line of={agent_id} />}
      {since !== null && (
        <>
          {" "}
          for <Age of={since} />
        </>
      )}
      {waiting.length > 0 && ` · ${countOf(waiting.length, "task")} behind it`}
    </span>
  </li>
);
