import { type Check, checksText } from "../../domain/check.js";
import type { Tone } from "../words.js";
import type { Read } from "../ui/async.js";
import { type IconName, Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Section } from "./section.js";

const LOOKS: Record<Check["status"], { icon: IconName; tone: Tone; words: string }> = {
  ok: { icon: "completed", tone: "good", words: "ok" },
  warn: { icon: "lost", tone: "warn", words: "warning" },
  fail: { icon: "failed", tone: "bad", words: "fails" },
};
const ORDER: readonly Check["status"][] = ["fail", "warn", "ok"];

/** What `mjagent doctor` says, worst first. */
export const Checks = ({ checks }: { checks: Read<Check[]> }) => (
  <Section title="Doctor" of={checks} beside={(all) => <span class="faint">{checksText(all)}</span>}>
    {(all) => (
      <>
        <ul class="checks">
          {ORDER.flatMap((status) => all.filter((check) => check.status === status)).map((check) => (
            <OneCheck key={check.id} check={check} />
          ))}
        </ul>
        <p class="faint settings-note">
          The roles and programs of a folder are looked at there: <code>mjagent doctor</code>
        </p>
      </>
    )}
  </Section>
);

const OneCheck = ({ check: { id, status, what, why, hint } }: { check: Check }) => (
  <li>
    <Mark {...LOOKS[status]} />
    <span class="check-id faint">{id}</span>
    <div>
      <p>
        <Line of={what} />
      </p>
      {why !== null && (
        <p class="faint">
          <Line of={why} />
        </p>
      )}
      {hint !== null && (
        <p>
          <span class="faint">next: </span>
          <Line of={hint} />
        </p>
      )}
    </div>
  </li>
);
