/** The content of stored documents: what counted as content when their version was recorded. */

import type { Connection } from "../../platform/config.ts";
import { isJsonObject, type JsonValue } from "../../platform/json.ts";
import { dialectFor } from "../../providers/dialect-for-connection.ts";
import { contentOf } from "../document/content.ts";

/** `ignored` is the version's own list; the connection may ignore other members today. */
export type RecordedContent = (document: JsonValue, ignored: readonly string[]) => JsonValue;

export function recordedContentOf(connection: Connection): RecordedContent {
  return (document, ignored) =>
    // A definition that is gone has no content; its document is `null`.
    isJsonObject(document)
      ? contentOf(document, dialectFor({ ...connection, ignore: [...ignored] }).bookkeeping)
      : document;
}
