/**
 * A simulator in a process of its own, started by the local stack with an IPC channel: options come as JSON in
 * `SIMULATOR_OPTIONS`, `{ ready: true, url }` goes back, and the process ends when the channel does.
 */
import * as z from "zod/mini";
import { demoWorkspace } from "./retell/demo-workspace.ts";
import { startRetellSimulator } from "./retell/start-retell-simulator.ts";

const optionsSchema = z.strictObject({
  provider: z.enum(["retell"]),
  /** Id of the connection that the simulator stands in for. */
  connection: z.string(),
  apiKey: z.string(),
  port: z._default(z.int(), 0),
  dataFile: z.exactOptional(z.string()),
  /** Fill a new workspace with the demo's definitions; without it there are its engines only. */
  demo: z._default(z.boolean(), false),
});

type Options = z.infer<typeof optionsSchema>;

const startSimulator = {
  retell: ({ connection, apiKey, port, dataFile, demo }: Options) => {
    const workspace = { ...demoWorkspace(), id: connection };
    return startRetellSimulator({
      port,
      keys: { [apiKey]: { workspace: connection, name: "Test Case Sync" } },
      seed: [demo ? workspace : { ...workspace, definitions: [] }],
      ...(dataFile === undefined ? {} : { dataFile }),
    });
  },
};

// Ctrl-C reaches the whole process group; the stack ends this process when nobody needs it any more.
process.on("SIGINT", () => undefined);
// Before anything is awaited: a parent that is gone by then must not leave an orphan.
process.on("disconnect", () => process.exit(0));

try {
  const options = optionsSchema.parse(JSON.parse(process.env["SIMULATOR_OPTIONS"] ?? "{}"));
  const simulator = await startSimulator[options.provider](options);
  process.on("SIGTERM", () => void simulator.close().then(() => process.exit(0)));
  process.send?.({ ready: true, url: simulator.url });
} catch (error) {
  console.error(`The simulator did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
