import type { ComponentType } from "preact";
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { Problem } from "../api.js";
import { whenIdle } from "../idle.js";
import { link } from "../live/store.js";
import { Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import { withStyles } from "../with-styles.js";

/** The module of a page, which is its default export. */
export type Loader = () => Promise<{ default: ComponentType }>;

/** Pages whose code was read are there at once. */
const loaded = new Map<Loader, ComponentType>();

/** Reads the code of a page. @throws when that cannot be had now */
export async function read(load: Loader): Promise<void> {
  loaded.set(load, (await withStyles(load)).default);
}

/**
 * Reads the code of pages while the browser has nothing else to do: who goes there does not wait, also while the
 * coordinator is away.
 */
export async function readAhead(loaders: Iterable<Loader>): Promise<void> {
  for (const load of loaders) {
    await whenIdle();
    // It is tried again when it is to be shown.
    await read(load).catch(() => undefined);
  }
}

/** A page whose code is read when it is first shown, if not before; when it cannot be, again once the coordinator answers. */
export function Lazy({ load }: { load: Loader }) {
  const hasFailed = useSignal(false);
  const isLoaded = useSignal(loaded.has(load));
  const { state } = link.value;
  useLayoutEffect(() => {
    if (isLoaded.value) return;
    read(load).then(
      () => void (isLoaded.value = true),
      () => void (hasFailed.value = true),
    );
  }, [hasFailed.value && state]);
  const Shown = isLoaded.value ? loaded.get(load) : undefined;
  if (Shown) return <Shown />;
  return hasFailed.value ? <Trouble problem={NOT_LOADED} /> : <Loading what="this page" />;
}

/** A coordinator of another version has other files. */
const NOT_LOADED = new Problem("this page could not be loaded", "reload: the coordinator may be of another version", 0);
