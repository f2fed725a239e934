/**
 * A complete queue: the queue, its dead-letter queue, the event source that feeds its function, the function's
 * permissions on both, and the alarms with their place in the runbook. A queue is made here or not at all.
 */
import { Duration, Stack } from "aws-cdk-lib";
import { Stats } from "aws-cdk-lib/aws-cloudwatch";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { BundledFunction } from "./bundled-function.ts";
import { OperatorAlarm } from "./operator-alarm.ts";

/** The longest that SQS keeps a message. */
const retentionPeriod = Duration.days(14);
const maxMessageSizeBytes = 1_048_576;

/**
 * Waiting is done by returning a message, so every wait counts as a receive. The waits grow so that twelve days of
 * them stay below this (SQS's own limit is 1000); the code gives a request up long before, and visibly.
 */
const maxReceiveCount = 1_000;

/** A message shows up again only when the function that held it has surely been killed. */
const marginAfterTimeout = Duration.seconds(30);

/** Work that has stood in the queue this long is worth a person's look; shorter waits are the system's own. */
const oldestMessageAge = Duration.hours(1);

export interface QueueWithDeadLettersProps {
  /** What is queued, for example `change-requests`: in the queue's name and in the headings of the runbook. */
  readonly name: string;
  /** Which of several queues of this name, for example a connection's id. */
  readonly of: string;
  /** Does the order of messages mean anything? Then the queue is a FIFO queue. */
  readonly ordered: boolean;
  readonly consumer: BundledFunction;
  /** How many messages are worked on at a time. */
  readonly maximumConcurrency: number;
  readonly alarmTopic: ITopic;
}

export class QueueWithDeadLetters extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: QueueWithDeadLettersProps) {
    super(scope, id);
    const queueName = `${Stack.of(this).stackName}-${props.name}-${props.of}`;
    const suffix = props.ordered ? ".fifo" : "";
    const kept = {
      // Senders give explicit deduplication ids: two requests with equal bodies may both be meant.
      ...(props.ordered && { fifo: true, contentBasedDeduplication: false }),
      retentionPeriod,
      maxMessageSizeBytes,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    };
    this.deadLetterQueue = new Queue(this, "DeadLetters", {
      ...kept,
      queueName: `${queueName}-dead${suffix}`,
    });
    this.queue = new Queue(this, "Queue", {
      ...kept,
      queueName: `${queueName}${suffix}`,
      visibilityTimeout: props.consumer.timeout.plus(marginAfterTimeout),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount },
    });

    props.consumer.allow(
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
      [this.queue.queueArn],
    );
    props.consumer.allow(["sqs:SendMessage"], [this.deadLetterQueue.queueArn]);
    new EventSourceMapping(this, "EventSource", {
      target: props.consumer.function,
      eventSourceArn: this.queue.queueArn,
      // One message, one outcome: a wait or a crash of one request touches no other.
      batchSize: 1,
      reportBatchItemFailures: true,
      maxConcurrency: props.maximumConcurrency,
    });

    const alarm = { of: props.of, topic: props.alarmTopic };
    new OperatorAlarm(this, "DeadLetterQueueNotEmpty", {
      ...alarm,
      runbookSection: `${props.name}/DeadLetterQueueNotEmpty`,
      meaning: `Messages for "${props.of}" were given up and wait in the dead-letter queue.`,
      // Visible messages only: those in flight are in somebody's hands already.
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      threshold: 1,
    });
    new OperatorAlarm(this, "OldestMessageAge", {
      ...alarm,
      runbookSection: `${props.name}/OldestMessageAge`,
      meaning: `A message for "${props.of}" has been in the queue for more than ${oldestMessageAge.toMinutes()} minutes.`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(5),
      }),
      threshold: oldestMessageAge.toSeconds(),
    });
  }
}
