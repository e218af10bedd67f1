import type { ComponentChildren } from "preact";
import { natsConnection } from "../live/store.js";
import type { Read } from "../ui/async.js";
import { Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";

/** A part of the page, with what was read for it; until then, that it is read. */
export function Section<T>({
  title,
  of,
  children,
  beside,
}: {
  title: string;
  of: Read<T>;
  children: (value: T) => ComponentChildren;
  /** At the end of the line of the title. */
  beside?: (value: T) => ComponentChildren;
}) {
  const value = of.value.value;
  const problem = of.problem.value;
  // The banner above says so, and since when.
  const isAway = natsConnection.value?.connected === false;
  return (
    <section class="panel" aria-label={title}>
      <header class="section-head">
        <h2>{title}</h2>
        {value !== null && beside?.(value)}
      </header>
      {problem && !isAway && <Trouble problem={problem} />}
      {value !== null ? children(value) : isAway ? <Unknown /> : !problem && <Loading what={title.toLowerCase()} />}
    </section>
  );
}

export const Unknown = () => <p class="faint">Not known while NATS is away.</p>;
