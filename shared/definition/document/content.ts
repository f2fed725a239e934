/**
 * The content of a document: the document without the provider's bookkeeping members. Patches, hashes and
 * comparisons see the content only; whatever else the provider sent, known or unknown, belongs to it.
 */
import { isJsonObject, type JsonObject } from "../../platform/json.ts";
import type { BookkeepingPath } from "../../providers/provider.ts";

export function contentOf(document: JsonObject, bookkeeping: readonly BookkeepingPath[]): JsonObject {
  return bookkeeping.reduce(withoutPath, document);
}

/** Does a JSON pointer lead into bookkeeping, so that a patch must not use it? */
export function isBookkeepingPointer(
  tokens: readonly string[],
  bookkeeping: readonly BookkeepingPath[],
): boolean {
  return bookkeeping.some(({ path, except }) => {
    const reachesInto = path.every((name, index) => tokens[index] === name);
    if (!reachesInto) return false;
    const below = tokens[path.length];
    return below === undefined || except === undefined || !except.includes(below);
  });
}

function withoutPath(document: JsonObject, { path, except }: BookkeepingPath): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined || !Object.hasOwn(document, head)) return document;
  const member = document[head];
  if (rest.length > 0 || except !== undefined) {
    if (!isJsonObject(member)) return document;
    const kept =
      rest.length > 0
        ? withoutPath(member, except === undefined ? { path: rest } : { path: rest, except })
        : withMembers(member, (name) => except?.includes(name) ?? false);
    // fromEntries defines members, so that one called __proto__ stays a member.
    return Object.fromEntries(
      Object.entries(document).map(([name, value]) => [name, name === head ? kept : value]),
    );
  }
  return withMembers(document, (name) => name !== head);
}

function withMembers(object: JsonObject, keep: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => keep(name)));
}
