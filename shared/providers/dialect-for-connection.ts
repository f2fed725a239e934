/** The dialect of a connection's provider, for code that decides and makes no calls. */
import type { Connection } from "../platform/config.ts";
import type { Dialect } from "./provider.ts";
import { retellDialect } from "./retell/retell-dialect.ts";
import { synthflowDialect } from "./synthflow/synthflow-dialect.ts";
import { telaDialect } from "./tela/tela-dialect.ts";

const dialects: Record<Connection["provider"], (connection: Connection) => Dialect> = {
  retell: retellDialect,
  tela: telaDialect,
  synthflow: synthflowDialect,
};

export function dialectFor(connection: Connection): Dialect {
  return dialects[connection.provider](connection);
}
