import type { Attention as Item } from "../../domain/snapshot.js";
import { countText } from "../format.js";
import { hrefTo } from "../router.js";
import type { AttentionList } from "../wire.js";
import { type Tone } from "../words.js";
import { Command } from "../ui/copy.js";
import { Icon, type IconName, Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";
import { VerbButtons } from "../steer/verb-buttons.js";
import type { Verb } from "../../domain/steering.js";

type Kind = Item["kind"];

interface KindView {
  words: string;
  icon: IconName;
  tone: Tone;
  verbs: readonly Verb[];
  /** The query that lists them all. */
  all: string | null;
}

const KINDS: Record<Kind, KindView> = {
  no_dispatcher: { words: "no dispatcher", icon: "lost", tone: "bad", verbs: [], all: null },
  paused: { words: "paused", icon: "paused", tone: "warn", verbs: [], all: null },
  rate_limited: { words: "rate limit", icon: "paused", tone: "warn", verbs: [], all: null },
  budget: { words: "budget used up", icon: "paused", tone: "bad", verbs: [], all: null },
  budget_warning: { words: "budget", icon: "paused", tone: "warn", verbs: [], all: null },
  awaiting_approval: {
    ...{ words: "approval", icon: "awaiting_approval", tone: "warn" },
    ...{ verbs: ["approve", "reject"], all: "status:awaiting_approval" },
  },
  failed: { words: "failed", icon: "failed", tone: "bad", verbs: ["retry"], all: "status:failed" },
  unrouted: { words: "unrouted", icon: "lost", tone: "warn", verbs: ["cancel"], all: "status:available" },
  lost_agent: { words: "lost agent", icon: "lost", tone: "bad", verbs: [], all: null },
  blocked_by_failed: { words: "blocker failed", icon: "blocked", tone: "bad", verbs: ["retry"], all: "status:failed" },
  blocked_by_missing: {
    words: "blocker missing",
    icon: "blocked",
    tone: "warn",
    verbs: ["cancel"],
    all: "status:blocked",
  },
};

/** Of each kind so many: the rest is one step away. */
const OF_A_KIND = 4;

/** What needs a person, first of all there is to see. */
export function Attention({ list }: { list: AttentionList }) {
  if (list.total === 0) {
    return (
      <section class="attention calm" aria-label="Needs attention">
        <Mark icon="completed" tone="good" words="Nothing needs you." />
      </section>
    );
  }
  const kinds = [...new Set(list.items.map(({ kind }) => kind))];
  return (
    <section class="attention" aria-labelledby="attention-title">
      <h2 id="attention-title">
        Needs attention <span class="count">{countText(list.total)}</span>
      </h2>
      <ul>
        {kinds.map((kind) => {
          const items = list.items.filter((item) => item.kind === kind);
          const left = (list.by_kind[kind] ?? items.length) - OF_A_KIND;
          return [
            ...items.slice(0, OF_A_KIND).map((item) => <Row key={`${kind} ${item.id}`} item={item} />),
            ...(left > 0 ? [<More key={`${kind} more`} kind={kind} left={left} />] : []),
          ];
        })}
      </ul>
    </section>
  );
}

function Row({ item }: { item: AttentionList["items"][number] }) {
  const { words, icon, tone, verbs } = KINDS[item.kind];
  return (
    <li class="attention-row">
      <Mark icon={icon} tone={tone} words={words} />
      <span class="attention-text">
        <What item={item} />
      </span>
      <span class="attention-age">{item.since && <Age of={item.since} />}</span>
      <span class="attention-acts">
        {verbs.length > 0 ? <VerbButtons id={item.id} verbs={verbs} /> : <Next item={item} />}
      </span>
    </li>
  );
}

/** The texts are for a terminal: of an approval the command is a button here. */
const shortText = ({ kind, id, text }: Item): string =>
  kind === "awaiting_approval" ? text.replace(`: mjagent approve ${id}`, "") : text;

/** What concerns agents, not one task. */
const OF_AGENTS: ReadonlySet<Kind> = new Set(["paused", "rate_limited", "budget", "budget_warning", "lost_agent"]);

function What({ item }: { item: Item }) {
  if (item.kind === "no_dispatcher") return <>tasks are not handed out until an agent runs</>;
  if (OF_AGENTS.has(item.kind)) {
    return (
      <a href={hrefTo(["agents"])}>
        <code>{item.id}</code> <Line of={item.text} />
      </a>
    );
  }
  return (
    <a href={hrefTo(["tasks", item.id])} title={item.id}>
      <Line of={shortText(item)} />
    </a>
  );
}

/** The command that helps. */
function nextOf({ kind, id }: Item): string {
  switch (kind) {
    case "paused":
      return id === "everything" ? "mjagent resume" : `mjagent resume ${id}`;
    case "rate_limited":
      return `mjagent resume --account ${id}`;
    case "budget":
    case "budget_warning":
      return "mjagent budget";
    default:
      return "mjagent run --all";
  }
}

const Next = ({ item }: { item: Item }) => <Command text={nextOf(item)} />;

function More({ kind, left }: { kind: Kind; left: number }) {
  const { words, all } = KINDS[kind];
  const text = `${countText(left)} more, ${words}`;
  return (
    <li class="attention-more">
      <a href={all === null ? hrefTo(["agents"]) : hrefTo(["tasks"], { q: all })}>
        {text} <Icon name="right" />
      </a>
    </li>
  );
}
