import { useMemo, useRef } from "preact/hooks";
import { getMessages } from "../api.js";
import { useRereadEvery } from "../live/reread.js";
import { events } from "../live/store.js";
import { progressOf, type RoadmapLine } from "../roadmap/markdown.js";
import { RoadmapLines } from "../roadmap/lines.js";
import { type Roadmap, roadmapOf } from "../roadmap/updates.js";
import { Updates } from "../roadmap/updates-list.js";
import { ProgressBar } from "../roadmap/progress.js";
import type { ChannelMessage } from "../wire.js";
import { useRead } from "../ui/async.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";
import "../styles/roadmap.css";

const CHANNEL = "roadmap";
const MESSAGES = 50;
/** The live connection tells of tasks, and what is said of them comes a moment later. */
const REREAD_MS = 5_000;

/** The roadmap as who keeps it tells it, and what was said of it. */
export default function RoadmapPage() {
  const messages = useMessages();
  const value = messages.value.value;
  const roadmap = useMemo(() => value && roadmapOf(value), [value]);
  const problem = messages.problem.value;
  return (
    <div class="page roadmap">
      <header class="page-head">
        <h1>Roadmap</h1>
        {roadmap && <Head roadmap={roadmap} />}
      </header>
      {problem && <Trouble problem={problem} />}
      {roadmap ? <Body roadmap={roadmap} /> : !problem && <Loading what="the roadmap" />}
    </div>
  );
}

/** Each may carry the whole roadmap: they are read anew when there is a newer one. */
function useMessages() {
  const known = useRef<ChannelMessage[] | null>(null);
  const messages = useRead(
    async (signal) => {
      const { current } = known;
      const [newest] = current ? await getMessages(CHANNEL, signal, 1) : [];
      if (current && newest?.seq === current.at(-1)?.seq) return current;
      return (known.current = await getMessages(CHANNEL, signal, MESSAGES));
    },
    [events.value[0]?.seq],
  );
  useRereadEvery(messages.again, REREAD_MS, CHANNEL);
  return messages;
}

function Head({ roadmap: { lines, told, updates } }: { roadmap: Roadmap }) {
  const progress = progressOf(lines);
  const [newest] = updates;
  const at = told?.at ?? newest?.time;
  return (
    <>
      {progress.total > 0 && <ProgressBar {...progress} />}
      {at && (
        <span class="faint">
          as{" "}
          {told?.who ? (
            <>
              <Line of={told.who} /> told it
            </>
          ) : (
            "it was told"
          )}{" "}
          <Age of={at} suffix=" ago" />
        </span>
      )}
    </>
  );
}

function Body({ roadmap: { lines, told, updates } }: { roadmap: Roadmap }) {
  if (told === null && updates.length === 0) return <Nothing />;
  const tasks = new Map([...updates].reverse().map(({ text, task_id }) => [text, task_id]));
  return (
    <div class="roadmap-columns">
      <section class="panel roadmap-whole" aria-label="The roadmap">
        {told === null && (
          <p class="faint roadmap-note">
            No message carries the whole roadmap: these are the items that were told of. One that has its Markdown in{" "}
            <code>roadmap</code> is shown in full.
          </p>
        )}
        <RoadmapLines lines={withoutTitle(lines)} taskOf={(text) => tasks.get(text) ?? null} />
      </section>
      <Updates updates={updates} />
    </div>
  );
}

/** The page has a title of its own. */
const withoutTitle = (lines: RoadmapLine[]): RoadmapLine[] => {
  const [first] = lines;
  const isTitle = first?.kind === "heading" && first.text.toLowerCase() === CHANNEL;
  return isTitle ? lines.slice(1) : lines;
};

const Nothing = () => (
  <Empty
    title="Nobody has told of a roadmap yet."
    command={`nats pub mjwork.roadmap "$(jq -Rs '{roadmap: .}' ROADMAP.md)"`}
  >
    <p>
      A role with <code>watch: [completed]</code> can keep one, and tell of it on the channel <code>roadmap</code>, as
      Morgan of the example website does. To tell of yours now, with the prefix of your workspace:
    </p>
  </Empty>
);
