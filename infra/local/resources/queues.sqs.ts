/** The template's queues in the local SQS engine. */
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import { type References, resourcesOfType, type Template } from "../template/template.ts";

const queueProperties = z.object({
  FifoQueue: z._default(z.boolean(), false),
  ContentBasedDeduplication: z.optional(z.boolean()),
  DelaySeconds: z.optional(z.number()),
  MaximumMessageSize: z.optional(z.number()),
  MessageRetentionPeriod: z.optional(z.number()),
  ReceiveMessageWaitTimeSeconds: z.optional(z.number()),
  VisibilityTimeout: z.optional(z.number()),
  RedrivePolicy: z.optional(z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() })),
});

/**
 * Creates the queues that do not exist yet; others keep their messages and take over the template's attributes,
 * which may differ from the last run's (the visibility timeout follows the connections' call timeout).
 */
export async function createQueues(
  client: SQSClient,
  template: Template,
  references: References,
): Promise<void> {
  const queues = resourcesOfType(template, "AWS::SQS::Queue", queueProperties, references).map(
    ({ logicalId, properties: { FifoQueue: fifo, RedrivePolicy: redrive, ...plain } }) => ({
      url: references.ref(logicalId),
      name: references.attribute(logicalId, "QueueName"),
      fifo,
      attributes: {
        ...Object.fromEntries(
          Object.entries(plain)
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => [name, String(value)]),
        ),
        ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
      },
    }),
  );
  // A queue names its dead-letter queue, which has to exist.
  const inOrder = queues.toSorted(
    (a, b) => Number("RedrivePolicy" in a.attributes) - Number("RedrivePolicy" in b.attributes),
  );
  for (const { url, name, fifo, attributes } of inOrder) {
    if (await exists(client, name)) {
      await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
    } else {
      await client.send(
        new CreateQueueCommand({
          QueueName: name,
          Attributes: { ...attributes, ...(fifo ? { FifoQueue: "true" } : {}) },
        }),
      );
    }
  }
}

async function exists(client: SQSClient, name: string): Promise<boolean> {
  try {
    await client.send(new GetQueueUrlCommand({ QueueName: name }));
    return true;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return false;
    throw error;
  }
}
