/** Small servers for one test each: they record what arrives and answer as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import net, { type AddressInfo } from "node:net";

export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

export type ScriptedServer = {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Sockets that are open now. */
  openSockets(): number;
  close(): Promise<void>;
};

/** An HTTP server; `answer` is called when a request is complete. */
export async function startScriptedServer(
  answer: (request: RecordedRequest, response: ServerResponse, count: number) => void,
): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") };
      requests.push(request);
      answer(request, response, requests.length);
    });
  });
  return { ...(await listening(server)), requests };
}

/** A TCP server; `answer` is called with each chunk that a socket receives, one request each in these tests. */
export async function startRawServer(
  answer: (socket: net.Socket, received: string, count: number) => void,
): Promise<Omit<ScriptedServer, "requests"> & { readonly received: readonly string[] }> {
  const received: string[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      received.push(chunk.toString("latin1"));
      answer(socket, chunk.toString("latin1"), received.length);
    });
  });
  return { ...(await listening(server)), received };
}

/** A port of this machine on which nothing listens. */
export async function freePort(): Promise<number> {
  const { url, close } = await listening(net.createServer());
  await close();
  return Number(new URL(url).port);
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

async function listening(server: net.Server): Promise<Omit<ScriptedServer, "requests">> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openSockets: () => sockets.size,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
