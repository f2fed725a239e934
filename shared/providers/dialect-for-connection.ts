/** The dialect of a connection's provider, for code that decides and makes no calls. */
import type { Connection } from "../platform/config.ts";
import type { Dialect } from "./provider.ts";
import { retellDialect } from "./retell/retell-dialect.ts";

const dialects: Record<Connection["provider"], (connection: Connection) => Dialect> = {
  retell: retellDialect,
};

export function dialectFor(connection: Connection): Dialect {
  return dialects[connection.provider](connection);
}
