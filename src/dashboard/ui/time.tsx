import { now } from "../clock.js";
import { momentText, since, stampText } from "../format.js";

/** How long ago, counting on; the moment itself on hover. */
export function Age({ of, suffix = "" }: { of: string; suffix?: string }) {
  const text = since(of, now.value);
  return (
    <time class="num" dateTime={of} title={stampText(of)}>
      {text === "now" ? text : `${text}${suffix}`}
    </time>
  );
}

export function Moment({ of }: { of: string }) {
  return (
    <time class="num" dateTime={of} title={of}>
      {momentText(of, now.peek())}
    </time>
  );
}
