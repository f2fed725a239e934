/** A connection of each provider, so that `npm start` can show them all, whichever of them a deployment has. */
import type { Connection } from "../../../shared/platform/config.ts";

/** As in `cdk.json`. Simulated, unless an option names another URL. */
export type DemoConnection = Pick<Connection, "id" | "provider" | "baseUrl">;

const baseUrls: Record<Connection["provider"], string> = {
  retell: "https://api.retellai.com",
  tela: "https://api.tela.com",
  synthflow: "https://api.us.synthflow.ai/v2",
};

export const demoConnections: readonly DemoConnection[] = Object.entries(baseUrls).map(
  ([provider, baseUrl]) => ({ id: provider, provider: provider as Connection["provider"], baseUrl }),
);
