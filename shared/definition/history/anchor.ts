/**
 * An anchor: the heads of all histories at one time, hashed, kept where nobody can change it afterwards. The hash
 * chain finds whoever alters a version; the anchor finds whoever rewrites a whole chain together with its head.
 */
import { canonicalJson, sha256Hex } from "../document/canonical-form.ts";
import type { Mirror } from "../mirror/mirror.ts";

export type AnchoredHead = Pick<Mirror, "connection" | "definitionId" | "version" | "chainHash">;

export type Anchor = {
  /** Lines of JSON: a summary, then every head in the order of connection and definition id. */
  readonly text: string;
  /** Hex SHA-256 of the lines of the heads, each with its line feed. */
  readonly sha256: string;
  readonly heads: number;
};

/** `at`: epoch ms when the heads were read. Pure. */
export function anchorOf(heads: readonly AnchoredHead[], at: number): Anchor {
  const lines = heads
    .map(({ connection, definitionId, version, chainHash }) => ({
      connection,
      definitionId,
      version,
      chainHash,
    }))
    .sort((a, b) => compare(a.connection, b.connection) || compare(a.definitionId, b.definitionId))
    .map((head) => `${canonicalJson(head)}\n`)
    .join("");
  const sha256 = sha256Hex(lines);
  const summary = canonicalJson({
    format: 1,
    anchoredAt: new Date(at).toISOString(),
    heads: heads.length,
    sha256,
  });
  return { text: `${summary}\n${lines}`, sha256, heads: heads.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
