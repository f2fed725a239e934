/**
 * Lambda refuses a function whose environment variables exceed 4 KB, but only in the middle of a deployment. Here it
 * is found at synth.
 */
import { CfnElement, Stack } from "aws-cdk-lib";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";
import type { IConstruct } from "constructs";
import { ConfigurationError } from "../../shared/platform/config.ts";

const limitBytes = 4_096;

/** At most what stands before and after the name in an ARN or URL: a secret's ARN in GovCloud is the longest. */
const aroundNameBytes = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:-aBcDeF".length;

/** The longest name that CloudFormation makes up where the template gives none (a bucket's). */
const generatedNameBytes = 63;

/**
 * @param variables may hold references that only CloudFormation puts in; they count with their greatest length
 * @throws {ConfigurationError} naming the function, the size and the way out
 */
export function assertFitsLambda(
  scope: IConstruct,
  functionName: string,
  variables: Record<string, string>,
): void {
  const nameBytes = nameBytesByLogicalId(Stack.of(scope));
  const sizes = Object.entries(variables).map(([name, value]) => ({
    name,
    bytes: name.length + bytesOf(Stack.of(scope).resolve(value), nameBytes),
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= limitBytes) return;
  const largest = sizes.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3);
  throw new ConfigurationError(
    `The environment of the function ${functionName} may have ${total} bytes; Lambda takes ${limitBytes}.\n` +
      `  largest: ${largest.map(({ name, bytes }) => `${name} (${bytes})`).join(", ")}\n` +
      "  These are too many connections for one deployment: spread them over several.",
  );
}

/** Of the resources that have a fixed name, how long it is. */
function nameBytesByLogicalId(stack: Stack): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const element of stack.node.findAll().filter(CfnElement.isCfnElement)) {
    const name =
      element instanceof CfnQueue
        ? element.queueName
        : element instanceof CfnSecret
          ? element.name
          : undefined;
    if (name !== undefined) names.set(stack.getLogicalId(element), name.length);
  }
  return names;
}

/** @param value resolved: text, or one of CloudFormation's intrinsic functions */
function bytesOf(value: unknown, nameBytes: ReadonlyMap<string, number>): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  const { "Fn::Join": join, "Fn::GetAtt": attribute, Ref } = value as Record<string, unknown>;
  if (Array.isArray(join)) {
    // toJsonString joins with nothing in between.
    return (join[1] as unknown[]).reduce<number>((sum, part) => sum + bytesOf(part, nameBytes), 0);
  }
  const logicalId = String(Array.isArray(attribute) ? attribute[0] : Ref);
  return aroundNameBytes + (nameBytes.get(logicalId) ?? generatedNameBytes);
}
