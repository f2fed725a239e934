/**
 * Scheduled reconciliation: one schedule and one queue for each connection, a function that starts runs, and one that
 * works through their messages. What each may do stands here, action by action.
 */
import { Duration, Stack } from "aws-cdk-lib";
import { Metric, Stats, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { type Connection, durationMs, reconcileTimeoutSeconds } from "../../shared/platform/config.ts";
import { BundledFunction } from "./bundled-function.ts";
import type { HistoryTable } from "./history-table.ts";
import { InvocationSchedule } from "./invocation-schedule.ts";
import { metricNamespace } from "./metric-namespace.ts";
import { OperatorAlarm } from "./operator-alarm.ts";
import { QueueWithDeadLetters } from "./queue-with-dead-letters.ts";
import type { StateTable } from "./state-table.ts";

/** Pages are listed one after the other, in the slots that changes leave: more at a time would only wait. */
const SCOPES_AT_A_TIME = 2;

const HOUR_MS = 3_600_000;
/** So many intervals without a completed run are worth a person's look. */
const STALE_AFTER_INTERVALS = 4;
/** An alarm looks back seven days at most. */
const LONGEST_LOOK_BACK_HOURS = 168;

export interface ReconciliationProps {
  readonly connections: readonly Connection[];
  readonly state: StateTable;
  readonly history: HistoryTable;
  /** ARNs of the connections' secrets, and their JSON by connection. */
  readonly secretArns: readonly string[];
  readonly connectionSecrets: string;
  /** Of change requests, by connection: heals go there. */
  readonly changeRequestQueues: ReadonlyMap<string, QueueWithDeadLetters>;
  readonly alarmTopic: ITopic;
}

export class Reconciliation extends Construct {
  readonly functions: readonly BundledFunction[];
  /** By connection. */
  readonly queues: ReadonlyMap<string, QueueWithDeadLetters>;

  constructor(scope: Construct, id: string, props: ReconciliationProps) {
    super(scope, id);
    const { connections, state, history, alarmTopic } = props;
    const connectionsJson = JSON.stringify(connections);
    const worker = new BundledFunction(this, "ReconcileScope", {
      name: "reconcile-scope",
      // A scope that takes longer goes on in another invocation.
      timeout: Duration.seconds(reconcileTimeoutSeconds(connections)),
      memoryMiB: 1_024,
      environment: {
        STATE_TABLE: state.tableName,
        HISTORY_TABLE: history.tableName,
        CONNECTIONS: connectionsJson,
        CONNECTION_SECRETS: props.connectionSecrets,
        CHANGE_REQUEST_QUEUES: this.urlsOf(props.changeRequestQueues),
      },
      alarmTopic,
    });
    worker.allow(
      [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:ConditionCheckItem",
      ],
      [state.tableArn],
    );
    worker.allow(["dynamodb:Query"], [`${state.tableArn}/index/byScope`]);
    // It adds to the history what it has found, and can do nothing else to it.
    worker.allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], [history.tableArn]);
    worker.allow(["secretsmanager:GetSecretValue"], [...props.secretArns]);
    worker.allow(
      ["sqs:SendMessage"],
      [...props.changeRequestQueues.values()].map(({ queue }) => queue.queueArn),
    );
    this.queues = new Map(
      connections.map(({ id: connection }) => [
        connection,
        new QueueWithDeadLetters(this, `Reconciliations-${connection}`, {
          name: "reconciliations",
          of: connection,
          ordered: false,
          consumer: worker,
          maximumConcurrency: SCOPES_AT_A_TIME,
          alarmTopic,
        }),
      ]),
    );
    const queueArns = [...this.queues.values()].map(({ queue }) => queue.queueArn);
    // A run's scopes are messages of their own.
    worker.allow(["sqs:SendMessage"], queueArns);
    worker.addEnvironment({
      RECONCILIATION_QUEUES: this.jsonOf(this.queues, ({ queue }) => ({
        url: queue.queueUrl,
        arn: queue.queueArn,
      })),
    });

    const starter = new BundledFunction(this, "StartReconciliation", {
      name: "start-reconciliation",
      timeout: Duration.seconds(30),
      memoryMiB: 256,
      environment: {
        STATE_TABLE: state.tableName,
        CONNECTIONS: connectionsJson,
        RECONCILIATION_QUEUES: this.urlsOf(this.queues),
      },
      alarmTopic,
    });
    starter.allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], [state.tableArn]);
    starter.allow(["sqs:SendMessage"], queueArns);
    for (const connection of connections) this.addSchedule(connection, starter, alarmTopic);
    this.functions = [worker, starter];
  }

  private addSchedule({ id, reconcile }: Connection, starter: BundledFunction, topic: ITopic): void {
    const everyMs = durationMs(reconcile.every);
    // EventBridge Scheduler counts in whole minutes.
    const every = Duration.minutes(Math.max(1, Math.ceil(everyMs / 60_000)));
    new InvocationSchedule(this, `Every-${id}`, { target: starter, every, input: { connection: id } });
    const staleAfterMs = Math.max(2 * HOUR_MS, STALE_AFTER_INTERVALS * everyMs);
    // Told at each start: where nothing is told for longer than an interval, nothing is started.
    const silentHours = Math.ceil(everyMs / HOUR_MS) + 1;
    const isSeldom = silentHours > LONGEST_LOOK_BACK_HOURS;
    new OperatorAlarm(this, `Stale-${id}`, {
      topic,
      runbookSection: "start-reconciliation/ReconciliationAge",
      of: id,
      meaning: `No run over "${id}" has been completed for ${Math.round(staleAfterMs / HOUR_MS)} hours.`,
      metric: new Metric({
        namespace: metricNamespace,
        metricName: "ReconciliationAge",
        dimensionsMap: { connection: id },
        statistic: Stats.MINIMUM,
        period: Duration.hours(1),
      }),
      threshold: staleAfterMs,
      periods: isSeldom ? 1 : silentHours,
      treatMissingData: isSeldom ? TreatMissingData.IGNORE : TreatMissingData.BREACHING,
    });
  }

  private urlsOf(queues: ReadonlyMap<string, QueueWithDeadLetters>): string {
    return this.jsonOf(queues, ({ queue }) => queue.queueUrl);
  }

  private jsonOf<Value>(values: ReadonlyMap<string, Value>, show: (value: Value) => unknown): string {
    return Stack.of(this).toJsonString(
      Object.fromEntries([...values].map(([key, value]) => [key, show(value)])),
    );
  }
}
