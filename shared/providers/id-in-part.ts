/** Finds a definition's id in an answer of which only a part came, or that is no JSON for another reason. Pure. */

/**
 * The text of the member at `path` (member names from the top): the definition's own id, neither a member of that name
 * elsewhere (in its variables, say) nor a prompt that talks of ids.
 */
export function idInPart(text: string, path: readonly string[]): string | undefined {
  /** The member that is being read, and those around it, from the top. */
  const trail: string[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    else if (char === '"') {
      const end = endOfString(text, at);
      const name = text.slice(at + 1, end);
      at = end;
      if (depth < 1 || !/\s*:/y.test(text.slice(end + 1, end + 40))) continue;
      trail.splice(depth - 1, Number.POSITIVE_INFINITY, name);
      if (trail.length !== path.length || trail.some((part, index) => part !== path[index])) continue;
      const value = /\s*:\s*"([^"\\]{1,256})"/y;
      value.lastIndex = end + 1;
      return value.exec(text)?.[1];
    }
  }
  return undefined;
}

/** Where the string that begins at `start` ends; where it is cut off, the text's end. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
