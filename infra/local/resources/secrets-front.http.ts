/** A Secrets Manager endpoint on this machine that answers what the functions ask: the value of a secret. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";

export type SecretsFront = { readonly endpoint: string; stop(): Promise<void> };

type Answer = { readonly status: number; readonly body: object };

const requestSchema = z.object({ SecretId: z.string() });

/** @param values values by ARN, read at every request; they are asked for by ARN or by name */
export async function startSecretsFront(values: ReadonlyMap<string, string>): Promise<SecretsFront> {
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).replace("secretsmanager.", "");
    const { status, body } = answerTo(operation, await text(request), values);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the secrets endpoint has no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answerTo(operation: string, body: string, values: ReadonlyMap<string, string>): Answer {
  if (operation !== "GetSecretValue" && operation !== "DescribeSecret") {
    return failure("UnknownOperationException", `${operation} is not known`);
  }
  const request = requestSchema.safeParse(parsed(body));
  if (!request.success) return failure("InvalidParameterException", "SecretId is required");
  const { SecretId: id } = request.data;
  const [arn, value] = [...values].find(([arn]) => arn === id || nameOf(arn) === id) ?? [];
  if (arn === undefined || value === undefined) {
    return failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  const secret = { ARN: arn, Name: nameOf(arn) };
  const version = versionOf(value);
  return {
    status: 200,
    body:
      operation === "GetSecretValue"
        ? { ...secret, VersionId: version, VersionStages: ["AWSCURRENT"], SecretString: value }
        : { ...secret, VersionIdsToStages: { [version]: ["AWSCURRENT"] } },
  };
}

function failure(type: string, message: string): Answer {
  return { status: 400, body: { __type: type, message } };
}

/** An ARN ends with the name, a hyphen and six characters of Secrets Manager's own. */
function nameOf(arn: string): string | undefined {
  return /:secret:(.+)-.{6}$/.exec(arn)?.[1];
}

/** Another value is another version, and the same value is the same version after a restart. */
function versionOf(value: string): string {
  const digest = createHash("sha256").update(value).digest("hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON is as good as absent: the schema says what is missing.
    return undefined;
  }
}
