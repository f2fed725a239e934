import { Server } from "node:net";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { localHost, localRegion } from "./local-endpoint.ts";
import { isAddressInUse, portTaken } from "./local-port.ts";

/**
 * Starts the SQS and S3 engine on a folder and returns when it listens.
 * @param port 0 chooses a free one
 * @throws EngineUnavailableError `port-taken`
 */
export async function startFauxqsLocally(dataDir: string, port: number): Promise<FauxqsServer> {
  listenOnThisMachineOnly();
  await acceptAllOfUnicode();
  try {
    return await startFauxqs({ port, host: "localhost", dataDir, defaultRegion: localRegion, logger: false });
  } catch (error) {
    throw isAddressInUse(error) ? portTaken(port, "SQS") : error;
  }
}

/**
 * fauxqs listens on all interfaces and has no option for it (its `host` only names the host in queue URLs),
 * but it accepts any credentials: on a shared network everybody could read and send messages.
 */
function listenOnThisMachineOnly(): void {
  Server.prototype.listen = new Proxy(Server.prototype.listen, {
    apply: (listen, server, [options, ...rest]) =>
      Reflect.apply(listen, server, [
        options?.host === "0.0.0.0" ? { ...options, host: localHost } : options,
        ...rest,
      ]),
  });
}

/**
 * SQS takes every character that XML 1.0 allows; fauxqs forgets those beyond U+FFFF and would refuse a body with
 * an emoji. Its check is a constant that all its actions share.
 */
async function acceptAllOfUnicode(): Promise<void> {
  const constants = new URL("sqs/sqsTypes.js", import.meta.resolve("fauxqs"));
  const { INVALID_MESSAGE_BODY_CHAR: invalid }: { INVALID_MESSAGE_BODY_CHAR: RegExp } = await import(
    constants.href
  );
  const invalidInSqs = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
  invalid.test = (body) => invalidInSqs.test(body);
}
