/**
 * A Secrets Manager endpoint on this machine: it answers what the functions ask, the value of a secret, and lets a user
 * or a test put in another one, as `aws secretsmanager put-secret-value` does.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";

export type SecretsFront = { readonly endpoint: string; stop(): Promise<void> };

type Answer = { readonly status: number; readonly body: object };

const requestSchema = z.object({ SecretId: z.string(), SecretString: z.optional(z.string()) });

/** @param values values by ARN, read at every request and changed by a put; they are asked for by ARN or by name */
export async function startSecretsFront(values: Map<string, string>): Promise<SecretsFront> {
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

function answerTo(operation: string, body: string, values: Map<string, string>): Answer {
  const operate = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (operate === undefined) return failure("UnknownOperationException", `${operation} is not known`);
  const request = requestSchema.safeParse(parsed(body));
  if (!request.success) return failure("InvalidParameterException", "SecretId is required");
  const { SecretId: id, SecretString: put } = request.data;
  const [arn, value] = [...values].find(([arn]) => arn === id || nameOf(arn) === id) ?? [];
  if (arn === undefined || value === undefined) {
    return failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  return operate(values, arn, value, put);
}

type Operation = (values: Map<string, string>, arn: string, value: string, put?: string) => Answer;

const operations: Readonly<Record<string, Operation>> = {
  GetSecretValue: (_values, arn, value) => success(arn, { ...currentVersion(value), SecretString: value }),
  DescribeSecret: (_values, arn, value) =>
    success(arn, { VersionIdsToStages: { [versionOf(value)]: ["AWSCURRENT"] } }),
  PutSecretValue(values, arn, _value, put) {
    if (put === undefined) return failure("InvalidParameterException", "SecretString is required");
    values.set(arn, put);
    return success(arn, currentVersion(put));
  },
};

function success(arn: string, members: object): Answer {
  return { status: 200, body: { ARN: arn, Name: nameOf(arn), ...members } };
}

function currentVersion(value: string): object {
  return { VersionId: versionOf(value), VersionStages: ["AWSCURRENT"] };
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
