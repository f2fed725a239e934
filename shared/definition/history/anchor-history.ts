/** The daily anchor: reads the heads of every history and puts their hash outside the tables. */
import type { Clock } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import type { MirrorLists } from "../mirror/mirror-lists.ts";
import { type Anchor, type AnchoredHead, anchorOf } from "./anchor.ts";

export interface AnchorStore {
  /** Keeps an anchor that was made at `at` (epoch ms); never replaces one. */
  put(anchor: Anchor, at: number): Promise<void>;
}

export type AnchorDependencies = {
  readonly connections: readonly string[];
  readonly mirrors: MirrorLists;
  readonly anchors: AnchorStore;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
};

const HEADS_PER_READ = 100;

export async function anchorHistory({
  connections,
  mirrors,
  anchors,
  clock,
  log,
}: AnchorDependencies): Promise<Anchor> {
  const at = clock.now();
  const heads: AnchoredHead[] = [];
  for (const connection of connections) {
    let position: string | undefined;
    do {
      const page = await mirrors.list({ connection }, { withDeleted: true }, position, HEADS_PER_READ);
      heads.push(...page.mirrors);
      position = page.next;
    } while (position !== undefined);
  }
  const anchor = anchorOf(heads, at);
  await anchors.put(anchor, at);
  log.info("history-anchored", { heads: anchor.heads, sha256: anchor.sha256 });
  return anchor;
}
