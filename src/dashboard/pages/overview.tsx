import { useEffect, useState } from "preact/hooks";
import { isKnown, overview } from "../live/store.js";
import { Attention } from "../overview/attention.js";
import { Feed } from "../overview/feed.js";
import { Flow } from "../overview/flow.js";
import { Tiles } from "../overview/tiles.js";
import { Empty } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";

/** What are my agents doing, what is stuck, what needs me. */
export default function OverviewPage() {
  const { value } = overview;
  const isDrawn = isKnown.value;
  const [isShown, show] = useState(false);
  // What needs somebody comes first, what is below it in another frame: both at once are too much for slow machines.
  useEffect(() => show(isDrawn), [isDrawn]);
  if (!isDrawn || value === null) return <Loading what="the overview" />;
  const isNew = Object.values(value.tasks).every((count) => count === 0);
  return (
    <div class="page overview">
      <header class="page-head">
        <h1>Overview</h1>
        <span class="faint">{value.workspace}</span>
      </header>
      <Attention list={value.attention} />
      <Tiles overview={value} />
      {isNew ? (
        <Empty
          title="No tasks yet. Publish the first one, here or by:"
          command={'mjagent publish --title "Design the about page" --type design'}
        />
      ) : (
        isShown && (
          <div class="overview-below">
            <Flow overview={value} />
            <Feed />
          </div>
        )
      )}
    </div>
  );
}
