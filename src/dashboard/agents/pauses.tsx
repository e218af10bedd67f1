import { useSignal } from "@preact/signals";
import type { RolePause } from "../../domain/settings.js";
import { post, problemFrom } from "../api.js";
import { isSteerable } from "../live/store.js";
import { Icon } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { say } from "../ui/toast.js";
import { Age } from "../ui/time.js";

/** Who paused it, when, and why. */
export const SaidOf = ({ pause: { by, at, reason } }: { pause: RolePause }) => (
  <span class="faint">
    <Age of={at} suffix=" ago" /> by <Line of={by} />
    {reason && (
      <>
        : <Line of={reason} />
      </>
    )}
  </span>
);

/** Holds roles back, and lets them go on: what runs goes on in any case. */
export function Pauses({ paused, roles }: { paused: readonly RolePause[]; roles: readonly string[] }) {
  const role = useSignal("");
  const act = async (verb: "pause" | "resume", names: readonly string[]): Promise<void> => {
    try {
      await post(`api/${verb}`, { roles: names });
      say({
        tone: "good",
        text: `${names[0] ?? "everything"} ${verb === "pause" ? "is paused: running work goes on" : "goes on"}`,
      });
    } catch (error) {
      say({ tone: "bad", text: problemFrom(error).message });
    }
  };
  return (
    <section class="pauses" aria-label="Pauses">
      {paused.map((pause) => (
        <div key={pause.role} class="pause">
          <span class="mark tone-warn">
            <Icon name="paused" />
            <span>{pause.role ?? "everything"} paused</span>
          </span>
          <SaidOf pause={pause} />
          <button
            type="button"
            class="button"
            disabled={!isSteerable.value}
            onClick={() => void act("resume", pause.role === null ? [] : [pause.role])}
          >
            Resume
          </button>
        </div>
      ))}
      <form
        class="pause-form"
        onSubmit={(event) => {
          event.preventDefault();
          void act("pause", role.value === "" ? [] : [role.value]);
        }}
      >
        <select
          aria-label="What to pause"
          value={role}
          onChange={(event) => void (role.value = event.currentTarget.value)}
        >
          <option value="">everything</option>
          {roles.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <button type="submit" class="button" disabled={!isSteerable.value}>
          <Icon name="paused" />
          <span>Pause</span>
        </button>
      </form>
    </section>
  );
}
