import { link } from "../live/store.js";

/** While something is read for the first time. */
export function Loading({ what }: { what: string }) {
  const { state } = link.value;
  return (
    <p class="loading" role="status">
      {state === "lost" || state === "refused"
        ? `Nothing is known of ${what} yet: waiting for the coordinator.`
        : `Reading ${what} …`}
    </p>
  );
}
