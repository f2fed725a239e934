/**
 * A simulator in a process of its own, started by the local stack with an IPC channel: options come as JSON in
 * `SIMULATOR_OPTIONS`, `{ ready: true, url }` goes back, and the process ends when the channel does.
 */
import * as z from "zod/mini";
import type { Connection } from "../../../shared/platform/config.ts";
import { demoWorkspace as retellDemo } from "./retell/demo-workspace.ts";
import { startRetellSimulator } from "./retell/start-retell-simulator.ts";
import { demoWorkspace as synthflowDemo } from "./synthflow/demo-workspace.ts";
import { startSynthflowSimulator } from "./synthflow/start-synthflow-simulator.ts";
import { demoWorkspace as telaDemo } from "./tela/demo-workspace.ts";
import { startTelaSimulator } from "./tela/start-tela-simulator.ts";

type StartedSimulator = {
  /** What the connection names as its base URL. */
  readonly baseUrl: string;
  close(): Promise<void>;
};

const starters: Record<Connection["provider"], (options: Options) => Promise<StartedSimulator>> = {
  retell: ({ connection, apiKey, demo, ...server }) =>
    startRetellSimulator({
      ...server,
      keys: { [apiKey]: { workspace: connection, name: "Test Case Sync" } },
      seed: [seedOf(retellDemo(), connection, demo)],
    }),
  tela: ({ connection, apiKey, demo, ...server }) =>
    startTelaSimulator({
      ...server,
      keys: { [apiKey]: { workspace: connection } },
      seed: [seedOf(telaDemo(), connection, demo)],
    }),
  synthflow: ({ connection, apiKey, demo, ...server }) =>
    startSynthflowSimulator({
      ...server,
      keys: { [apiKey]: { workspace: connection } },
      seed: [seedOf(synthflowDemo(), connection, demo)],
    }),
};

const optionsSchema = z.strictObject({
  provider: z.enum(["retell", "tela", "synthflow"]),
  /** Id of the connection that the simulator stands in for. */
  connection: z.string(),
  apiKey: z.string(),
  port: z._default(z.int(), 0),
  dataFile: z.exactOptional(z.string()),
  /** Fill a new workspace with the demo's definitions; without it there are its scopes only. */
  demo: z._default(z.boolean(), false),
});

type Options = Omit<z.infer<typeof optionsSchema>, "provider">;

function seedOf<Seed extends object>(demoSeed: Seed, id: string, demo: boolean): Seed {
  return demo ? { ...demoSeed, id } : { ...demoSeed, id, definitions: [] };
}

// Ctrl-C reaches the whole process group; the stack ends this process when nobody needs it any more.
process.on("SIGINT", () => undefined);
// Before anything is awaited: a parent that is gone by then must not leave an orphan.
process.on("disconnect", () => process.exit(0));

try {
  const { provider, ...options } = optionsSchema.parse(JSON.parse(process.env["SIMULATOR_OPTIONS"] ?? "{}"));
  const simulator = await starters[provider](options);
  process.on("SIGTERM", () => void simulator.close().then(() => process.exit(0)));
  process.send?.({ ready: true, url: simulator.baseUrl });
} catch (error) {
  console.error(`The simulator did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
