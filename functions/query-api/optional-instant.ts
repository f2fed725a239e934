/** An instant that may not have come, as a member that is then left out. */
import { instantText } from "../../shared/platform/table-keys.ts";

export function optionalInstant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : instantText(at);
}
