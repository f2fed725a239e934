/** A server that passes every request on to another one and remembers what was asked and answered. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty: none. */
  readonly requestBody: string;
  readonly status: number;
  readonly answerBody: string;
};

export type RecordingProxy = {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  close(): Promise<void>;
};

export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const exchanges: Exchange[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", target);
    const { method = "GET", headers } = request;
    const requestBody = await text(request);
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: headers.authorization ?? "",
        "content-type": headers["content-type"] ?? "application/json",
      },
      ...(requestBody !== "" && { body: requestBody }),
    });
    const answerBody = await answer.text();
    const { pathname: path, searchParams: query } = url;
    exchanges.push({ method, path, query, requestBody, status: answer.status, answerBody });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(answerBody);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
