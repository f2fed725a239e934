/** Verifies the stored history of one definition, a page at a time: all versions, and the head that the mirror names. */

import { parseJson } from "../../platform/json.ts";
import type { DefinitionKey } from "../mirror/mirror.ts";
import type { MirrorStore } from "../mirror/mirror-store.ts";
import type { HistoryStore } from "./history-store.ts";
import type { RecordedContent } from "./recorded-content.ts";
import { checkLink, type Link, type StoredVersion } from "./verify-history.ts";

const VERIFY_PAGE = 100;

export type Verification =
  | {
      readonly valid: true;
      readonly checked: number;
      /** Where the next page starts; absent when the head was reached. */
      readonly next?: number;
    }
  | {
      readonly valid: false;
      /** Versions that were found to hold before the broken one. */
      readonly checked: number;
      readonly brokenAt: number;
      readonly reason: string;
    };

export type VerifyDependencies = {
  readonly mirrors: Pick<MirrorStore, "mirror">;
  readonly history: Pick<HistoryStore, "version" | "versionsFrom">;
  readonly contentOf: RecordedContent;
};

/**
 * Checks the versions from `from` on. The version before `from` is taken as it is: the page before has checked it.
 * `undefined` where there is no history at all, or none as far as `from`.
 */
export async function verifyDefinition(
  { mirrors, history, contentOf }: VerifyDependencies,
  key: DefinitionKey,
  from: number,
): Promise<Verification | undefined> {
  const broken = (checked: number, brokenAt: number, reason: string): Verification => ({
    valid: false,
    checked,
    brokenAt,
    reason,
  });
  const before = from > 1 ? await history.version(key, from - 1) : undefined;
  // From 0: whatever was put below version 1 must be found too.
  const versions = await history.versionsFrom(key, from > 1 ? from : 0, VERIFY_PAGE);
  // Read after the versions: a version and the head are committed together, so none of them can be beyond it.
  const head = await mirrors.mirror(key);
  if (from > 1 && before?.documentText === undefined) {
    const isBeyondEnd = before === undefined && from - 1 > (head?.version ?? 0);
    return isBeyondEnd ? undefined : broken(0, from - 1, "the version or its document is missing");
  }
  if (head === undefined && before === undefined && versions.length === 0) return undefined;

  let link = before && linkOf(from - 1, before);
  for (const [checked, stored] of versions.entries()) {
    const check = checkLink(key, link, stored, contentOf);
    if (!check.valid) return broken(checked, from + checked, check.reason);
    link = check.link;
  }
  const checked = versions.length;
  const last = link?.version ?? 0;
  if (head === undefined) return broken(checked, last, "the definition has no head");
  if (last < head.version) {
    // The page is full, or versions were committed since it was read: the next page goes on.
    const goesOn = checked === VERIFY_PAGE || (await history.version(key, last + 1)) !== undefined;
    return goesOn
      ? { valid: true, checked, next: last + 1 }
      : broken(checked, last + 1, `version ${last + 1} is missing`);
  }
  if (last > head.version) return broken(checked, last, "the version is beyond the head");
  if (link?.chainHash !== head.chainHash) return broken(checked, last, "the head has another chain hash");
  return { valid: true, checked };
}

function linkOf(version: number, { record, documentText }: StoredVersion): Link {
  return { version, chainHash: record.chainHash, document: parseJson(documentText ?? "null") };
}
