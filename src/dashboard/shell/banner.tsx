import { agoText } from "../../domain/duration.js";
import { now } from "../clock.js";
import { momentText } from "../format.js";
import { heardAt, link, natsConnection } from "../live/store.js";
import { Icon } from "../ui/icon.js";

/** Says that what is on the page is not of now, and of when it is. */
export function Banner() {
  const said = saying();
  return (
    <div role="status">
      {said !== null && (
        <div class="banner">
          <Icon name="lost" />
          <p>{said}</p>
        </div>
      )}
    </div>
  );
}

function saying(): string | null {
  const { value } = link;
  if (value.state === "refused") {
    return "This page is not let in. Open the link that mjagent serve prints; mjagent serve link makes another.";
  }
  if (value.state === "lost") {
    const from = heardAt.value;
    const shown = from === null ? "" : ` What you see is from ${stamp(from)}.`;
    return `The coordinator does not answer.${shown} Trying again; is mjagent serve running?`;
  }
  const nats = natsConnection.value;
  if (nats?.connected !== false) return null;
  return `NATS is away since ${stamp(Date.parse(nats.since))}. What you see is from before; nothing can be changed until it is back.`;
}

function stamp(at: number): string {
  const time = new Date(at).toISOString();
  return `${momentText(time, now.value)} (${agoText(Math.max(0, now.value - at))})`;
}
