/** The HTTP front of a simulator: reads whole requests, carries out deliveries, normal and broken ones. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer, Delivery, SimulatedRequest } from "./delivery.ts";

export type SimulatorServer = {
  readonly url: string;
  /** Also ends open connections. Calling it again changes nothing. */
  close(): Promise<void>;
};

/**
 * @param handle must not throw; if it does, the connection is closed and the error is printed
 * @throws the socket's error where the port cannot be taken
 */
export async function startSimulatorServer(
  handle: (request: SimulatedRequest) => Promise<Delivery>,
  { port, host }: { port: number; host: string },
): Promise<SimulatorServer> {
  const server = createServer((message, response) => {
    readRequest(message)
      .then(handle)
      .then((delivery) => deliver(delivery, response))
      .catch((error: unknown) => {
        // A client that hangs up while it sends is no fault of the simulator.
        if (!message.errored) console.error("simulator:", error);
        response.destroy();
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close: () => {
      closed ??= new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        // Hanging answers would keep the server open for ever.
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

async function readRequest(message: IncomingMessage): Promise<SimulatedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const request = {
    method: message.method ?? "GET",
    target: message.url ?? "/",
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : (value ?? ""),
      ]),
    ),
  };
  try {
    const body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    return { ...request, body };
  } catch (error) {
    if (error instanceof TypeError) return request;
    throw error;
  }
}

function deliver(delivery: Delivery, response: ServerResponse): void {
  if (response.destroyed) return;
  switch (delivery.kind) {
    case "answer": {
      writeHead(delivery.answer, response);
      response.end(delivery.answer.body);
      return;
    }
    case "stalled-body":
    case "cut-body": {
      writeHead(delivery.answer, response);
      const bytes = Buffer.from(delivery.answer.body);
      const half = bytes.subarray(0, Math.floor(bytes.length / 2));
      response.write(half, () => {
        if (delivery.kind === "cut-body") response.destroy();
      });
      return;
    }
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "never":
      return;
  }
}

function writeHead({ status, headers, body }: Answer, response: ServerResponse): void {
  // The answer carries the simulated server's own Date.
  response.sendDate = false;
  const length: Record<string, string> =
    status === 204 || status === 304 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
}
