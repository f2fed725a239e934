/** Verifies the stored history of one definition, a page at a time: all versions, and the head that the mirror names. */
import type { HistoryStore } from "./history-store.ts";
import type { DefinitionKey } from "./mirror.ts";
import type { MirrorStore } from "./mirror-store.ts";
import type { RecordedContent } from "./recorded-content.ts";
import { checkLink, type Link, type StoredVersion } from "./verify-history.ts";
import { parseJson } from "../platform/json.ts";

export const VERIFY_PAGE = 100;

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
 * `undefined` where there is neither a mirror nor a version.
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
  const versions = await history.versionsFrom(key, from, VERIFY_PAGE);
  // Read after the versions: a version and the head are committed together, so none of them can be beyond it.
  const head = await mirrors.mirror(key);
  if (head === undefined && before === undefined && versions.length === 0) return undefined;
  if (from > 1 && before === undefined) return broken(0, from - 1, `version ${from - 1} is missing`);

  let link = before && linkOf(before);
  for (const [checked, stored] of versions.entries()) {
    const check = checkLink(key, link, stored, contentOf);
    if (!check.valid) return broken(checked, from + checked, check.reason);
    link = check.link;
  }
  const checked = versions.length;
  const last = link?.version ?? 0;
  if (head === undefined) return broken(checked, last, "the definition has no head");
  if (last < head.version) {
    // The page is full, or versions were committed since it was read: the next one goes on.
    const isThere = checked === VERIFY_PAGE || (await history.version(key, last + 1)) !== undefined;
    return isThere
      ? { valid: true, checked, next: last + 1 }
      : broken(checked, last + 1, `version ${last + 1} is missing`);
  }
  if (last > head.version) return broken(checked, last, "the version is beyond the head");
  if (link?.chainHash !== head.chainHash) return broken(checked, last, "the head has another chain hash");
  return { valid: true, checked };
}

function linkOf({ record, documentText }: StoredVersion): Link {
  const document = documentText === undefined ? null : parseJson(documentText);
  return { version: record.version, chainHash: record.chainHash, document };
}
