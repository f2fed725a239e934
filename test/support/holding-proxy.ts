/**
 * A proxy that stops a chosen call on its way: before its request is passed on, or when its answer is on the way back.
 * While a call is held, the process that made it can be killed, and what the server then knows is known exactly.
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type ProxiedCall = {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** `request`: the server has not seen the call. `answer`: it has dealt with it, and its caller does not know. */
export type HeldPart = "request" | "answer";

export type HeldCall = {
  readonly call: ProxiedCall;
  /** Passes a held request on, whether or not there still is a caller; returns when the server has dealt with it. */
  passOn(): Promise<void>;
};

export type HoldingProxy = {
  readonly url: string;
  /** Holds the next call that `matches`, once, and returns when it is held. */
  holdNext(part: HeldPart, matches: (call: ProxiedCall) => boolean): Promise<HeldCall>;
  close(): Promise<void>;
};

type Trap = {
  readonly part: HeldPart;
  readonly matches: (call: ProxiedCall) => boolean;
  readonly caught: (held: HeldCall) => void;
};

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** @param targetUrl an HTTP server's URL without a path */
export async function startHoldingProxy(targetUrl: string): Promise<HoldingProxy> {
  const traps: Trap[] = [];
  const trapFor = (part: HeldPart, call: ProxiedCall): Trap | undefined => {
    const position = traps.findIndex((trap) => trap.part === part && trap.matches(call));
    return position < 0 ? undefined : traps.splice(position, 1)[0];
  };
  const server = createServer(async (message, response) => {
    // A caller that was killed is no fault of the proxy; whatever else goes wrong ends the call.
    response.on("error", () => undefined);
    try {
      const body = await buffer(message);
      const { method = "GET", url = "/", headers } = message;
      const call = { method, target: url, headers, body: body.toString() };
      const send = () => forward(targetUrl, call, body);
      const requestTrap = trapFor("request", call);
      if (requestTrap !== undefined) {
        requestTrap.caught({ call, passOn: async () => answerWith(await send(), response) });
        return;
      }
      const answer = await send();
      const answerTrap = trapFor("answer", call);
      if (answerTrap !== undefined) {
        answerTrap.caught({ call, passOn: async () => answerWith(answer, response) });
        return;
      }
      answerWith(answer, response);
    } catch {
      response.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    holdNext: (part, matches) =>
      new Promise((resolve) => {
        traps.push({ part, matches, caught: resolve });
      }),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(targetUrl: string, call: ProxiedCall, body: Buffer): Promise<Answer> {
  const request = sendRequest(`${targetUrl}${call.target}`, {
    method: call.method,
    headers: call.headers,
    agent: false,
  });
  request.end(body);
  const [message] = await once(request, "response");
  return { status: message.statusCode, headers: message.headers, body: await buffer(message) };
}

function answerWith({ status, headers, body }: Answer, response: ServerResponse): void {
  const { "transfer-encoding": _chunked, connection: _connection, ...passed } = headers;
  response.sendDate = false;
  response.writeHead(status, passed).end(body);
}
