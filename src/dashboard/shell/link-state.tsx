import { link, natsConnection } from "../live/store.js";
import { Mark } from "../ui/icon.js";

/** One line: whether what is on the page is live. */
export function LinkState() {
  const { state } = link.value;
  if (state === "connecting") return <Mark icon="scheduled" tone="neutral" words="connecting" />;
  if (state === "lost" || state === "refused") return <Mark icon="lost" tone="bad" words="not connected" />;
  if (natsConnection.value?.connected === false) return <Mark icon="lost" tone="warn" words="NATS away" />;
  return <Mark icon="completed" tone="good" words="live" />;
}
