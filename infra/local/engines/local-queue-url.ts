import { localAccountId } from "./local-endpoint.ts";

/**
 * The URL under which a local queue is addressed. The engine's own answers name a host that does not resolve
 * everywhere (`sqs.us-east-1.localhost`) and the port of the run that created the queue. It matters because an
 * SDK client that knows its endpoint from `AWS_ENDPOINT_URL_SQS` sends to the host of the queue's URL instead.
 */
export function localQueueUrl(sqsEndpoint: string, queueName: string): string {
  return `${sqsEndpoint}/${localAccountId}/${queueName}`;
}
