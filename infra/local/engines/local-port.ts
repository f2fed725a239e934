import { once } from "node:events";
import { createServer } from "node:net";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";
import { localHost } from "./local-endpoint.ts";

/**
 * The port itself if it is free, or for 0 a free one.
 * Another process can take it before it is used: a caller that asked for 0 tries again then.
 * @throws EngineUnavailableError `port-taken`; `what` names who needs it
 */
export async function claimFreePort(port: number, what: string): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(port, localHost);
    await once(probe, "listening");
  } catch (error) {
    if (!isAddressInUse(error)) throw error;
    throw portTaken(port, what);
  }
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return address !== null && typeof address === "object" ? address.port : port;
}

/** The error for a demanded port that belongs to another process. */
export function portTaken(port: number, what: string): EngineUnavailableError {
  return new EngineUnavailableError("port-taken", `Port ${port} for ${what} is already in use`);
}

/** Whether listening failed because the port belongs to another process. */
export function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
