import type { ComponentType } from "preact";
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { Problem } from "../api.js";
import { link } from "../live/store.js";
import { Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";

/** The module of a page, which is its default export. */
export type Loader = () => Promise<{ default: ComponentType }>;

/** Pages that were shown are there at once. */
const loaded = new Map<Loader, ComponentType>();

/** A page whose code is read when it is first shown; when it cannot be, again once the coordinator answers. */
export function Lazy({ load }: { load: Loader }) {
  const hasFailed = useSignal(false);
  const isLoaded = useSignal(loaded.has(load));
  const { state } = link.value;
  useLayoutEffect(() => {
    if (isLoaded.value) return;
    load().then(
      (page) => {
        loaded.set(load, page.default);
        isLoaded.value = true;
      },
      () => void (hasFailed.value = true),
    );
  }, [hasFailed.value && state]);
  const Shown = isLoaded.value ? loaded.get(load) : undefined;
  if (Shown) return <Shown />;
  return hasFailed.value ? <Trouble problem={NOT_LOADED} /> : <Loading what="this page" />;
}

/** A coordinator of another version has other files. */
const NOT_LOADED = new Problem("this page could not be loaded", "reload: the coordinator may be of another version", 0);
