/**
 * The whole system: change requests come in through the API or straight into a connection's queue, one function
 * applies them, two tables hold what is and what was, and the API shows both. What each function may do stands next
 * to it, action by action.
 */
import { type CfnElement, CfnOutput, Duration, Stack, Validations } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { applyTimeoutSeconds, type Connection, maximumConcurrency } from "../shared/platform/config.ts";
import { AlarmTopic } from "./constructs/alarm-topic.ts";
import { AnchorBucket } from "./constructs/anchor-bucket.ts";
import { BundledFunction } from "./constructs/bundled-function.ts";
import { ConnectionAlarms } from "./constructs/connection-alarms.ts";
import { FunctionSchedule } from "./constructs/function-schedule.ts";
import { HistoryTable } from "./constructs/history-table.ts";
import { OperatorSecret } from "./constructs/operator-secret.ts";
import { QueryHttpApi } from "./constructs/query-http-api.ts";
import { QueueWithDeadLetters } from "./constructs/queue-with-dead-letters.ts";
import { Reconciliation } from "./constructs/reconciliation.ts";
import { StateTable } from "./constructs/state-table.ts";

export interface TestCaseSyncStackProps {
  /** Validated, at least one. */
  readonly connections: readonly Connection[];
}

export class TestCaseSyncStack extends Stack {
  constructor(scope: Construct, id: string, { connections }: TestCaseSyncStackProps) {
    super(scope, id, {
      description: "Queues, applies and audits edits of voice agents' test case definitions",
    });
    const alarmTopic = new AlarmTopic(this, "Alarms");
    const state = new StateTable(this, "State");
    const history = new HistoryTable(this, "History");
    const tables = { STATE_TABLE: state.tableName, HISTORY_TABLE: history.tableName };
    const indexOf = (table: { tableArn: string }, index: string) => `${table.tableArn}/index/${index}`;

    // One secret per connection: the provider's API key.
    const connectionSecrets = new Map(
      connections.map((connection) => [
        connection.id,
        new OperatorSecret(this, `ConnectionSecret-${connection.id}`, {
          name: `${this.stackName}/connections/${connection.id}`,
          description: `API key of the ${connection.provider} connection ${connection.id}`,
          startsWith: "UNSET: put the provider's API key here",
        }),
      ]),
    );
    const connectionSecretArns = this.jsonOf(connectionSecrets, ({ secretArn }) => secretArn);
    const secretArns = [...connectionSecrets.values()].map(({ secretArn }) => secretArn);
    const apiTokensSecret = new OperatorSecret(this, "ApiTokens", {
      name: `${this.stackName}/api-tokens`,
      description: "Salted hashes of the API's bearer tokens, with their subjects and roles",
      startsWith: JSON.stringify({ tokens: [] }),
    });

    // Applying change requests. It and reconciliation write to the history, and can only add to it.
    const applyChange = new BundledFunction(this, "ApplyChange", {
      name: "apply-change",
      timeout: Duration.seconds(applyTimeoutSeconds(connections)),
      memoryMiB: 512,
      environment: {
        ...tables,
        CONNECTIONS: JSON.stringify(connections),
        CONNECTION_SECRETS: connectionSecretArns,
      },
      alarmTopic,
    });
    applyChange.allow(
      ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      [state.tableArn],
    );
    // What was met since an unanswered create may be what it has made.
    applyChange.allow(["dynamodb:BatchGetItem"], [state.tableArn]);
    applyChange.allow(["dynamodb:Query"], [indexOf(state, "byConnection")]);
    applyChange.allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], [history.tableArn]);
    applyChange.allow(["secretsmanager:GetSecretValue"], secretArns);

    // One queue per connection: none ever slows another.
    const changeRequests = new Map(
      connections.map((connection) => [
        connection.id,
        new QueueWithDeadLetters(this, `ChangeRequests-${connection.id}`, {
          name: "change-requests",
          of: connection.id,
          ordered: true,
          consumer: applyChange,
          maximumConcurrency: maximumConcurrency(connection),
          alarmTopic,
        }),
      ]),
    );
    applyChange.addEnvironment({
      CHANGE_REQUEST_QUEUES: this.jsonOf(changeRequests, ({ queue, deadLetterQueue }) => ({
        url: queue.queueUrl,
        arn: queue.queueArn,
        deadLetterUrl: deadLetterQueue.queueUrl,
      })),
    });
    const reconciliation = new Reconciliation(this, "Reconciliation", {
      connections,
      state,
      history,
      secretArns,
      connectionSecrets: connectionSecretArns,
      changeRequestQueues: changeRequests,
      alarmTopic,
    });
    for (const { id } of connections) {
      new ConnectionAlarms(this, `ConnectionAlarms-${id}`, { of: id, alarmTopic });
    }

    // The API: reads everything, writes change requests' records, and puts them into the queues.
    const queryApi = new BundledFunction(this, "QueryApi", {
      name: "query-api",
      // The gateway gives up after 30 s.
      timeout: Duration.seconds(29),
      memoryMiB: 512,
      environment: {
        ...tables,
        CONNECTIONS: JSON.stringify(connections),
        CONNECTION_SECRETS: connectionSecretArns,
        CHANGE_REQUEST_QUEUES: this.urlsOf(changeRequests),
        RECONCILIATION_QUEUES: this.urlsOf(reconciliation.queues),
      },
      alarmTopic,
    });
    queryApi.allow(
      ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      [state.tableArn],
    );
    queryApi.allow(
      ["dynamodb:Query"],
      [
        state.tableArn,
        indexOf(state, "byScope"),
        indexOf(state, "byConnection"),
        indexOf(state, "requestsByTime"),
        history.tableArn,
        indexOf(history, "byRecordedAt"),
      ],
    );
    queryApi.allow(["dynamodb:GetItem"], [history.tableArn]);
    // A dry run reads what is live.
    queryApi.allow(["secretsmanager:GetSecretValue"], secretArns);
    queryApi.allow(
      ["sqs:SendMessage"],
      [...changeRequests.values(), ...reconciliation.queues.values()].map(({ queue }) => queue.queueArn),
    );
    const authorize = new BundledFunction(this, "Authorize", {
      name: "authorize",
      timeout: Duration.seconds(5),
      memoryMiB: 512,
      environment: { API_TOKENS_SECRET: apiTokensSecret.secretArn },
      alarmTopic,
    });
    authorize.allow(["secretsmanager:GetSecretValue"], [apiTokensSecret.secretArn]);
    const api = new QueryHttpApi(this, "Api", { answer: queryApi.function, authorize: authorize.function });

    // The daily anchor of the history's heads.
    const anchorBucket = new AnchorBucket(this, "Anchors");
    const anchorHistory = new BundledFunction(this, "AnchorHistory", {
      name: "anchor-history",
      timeout: Duration.minutes(5),
      memoryMiB: 512,
      environment: {
        STATE_TABLE: state.tableName,
        ANCHOR_BUCKET: anchorBucket.bucketName,
        CONNECTIONS: JSON.stringify(connections),
      },
      alarmTopic,
    });
    anchorHistory.allow(["dynamodb:Query"], [indexOf(state, "byConnection")]);
    anchorHistory.allow(["dynamodb:BatchGetItem"], [state.tableArn]);
    anchorHistory.allow(["s3:PutObject"], [anchorBucket.anchorObjects]);
    Validations.of(anchorHistory).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${this.getLogicalId(anchorBucket.node.defaultChild as CfnElement)}.Arn>/anchors/*]`,
      reason:
        "Every anchor is a new object, named by its time, under one prefix of a bucket that holds nothing else.",
    });
    new FunctionSchedule(this, "AnchorSchedule", {
      target: anchorHistory,
      every: Duration.days(1),
      alarmTopic,
    });

    // The hourly sweep: ends requests that have lost their message, and reports those that make no progress.
    const sweepRequests = new BundledFunction(this, "SweepRequests", {
      name: "sweep-requests",
      timeout: Duration.minutes(5),
      memoryMiB: 512,
      environment: { STATE_TABLE: state.tableName },
      alarmTopic,
    });
    sweepRequests.allow(["dynamodb:Query"], [indexOf(state, "requestsByTime")]);
    sweepRequests.allow(
      ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"],
      [state.tableArn],
    );
    new FunctionSchedule(this, "SweepSchedule", {
      target: sweepRequests,
      every: Duration.hours(1),
      alarmTopic,
    });

    const functions = [
      applyChange,
      ...reconciliation.functions,
      queryApi,
      authorize,
      anchorHistory,
      sweepRequests,
    ];
    this.addOutputs({
      ApiUrl: api.url,
      StateTable: state.tableName,
      HistoryTable: history.tableName,
      AnchorBucket: anchorBucket.bucketName,
      AlarmTopic: alarmTopic.topicArn,
      ApiTokensSecret: apiTokensSecret.secretArn,
      ConnectionSecrets: connectionSecretArns,
      ChangeRequestQueueUrls: this.urlsOf(changeRequests),
      ChangeRequestDeadLetterQueueUrls: this.deadLetterUrlsOf(changeRequests),
      ReconciliationQueueUrls: this.urlsOf(reconciliation.queues),
      ReconciliationDeadLetterQueueUrls: this.deadLetterUrlsOf(reconciliation.queues),
      FunctionNames: this.jsonOf(
        new Map(functions.map((each) => [each.name, each.function])),
        ({ functionName }) => functionName,
      ),
    });
  }

  private urlsOf(queues: ReadonlyMap<string, QueueWithDeadLetters>): string {
    return this.jsonOf(queues, ({ queue }) => queue.queueUrl);
  }

  private deadLetterUrlsOf(queues: ReadonlyMap<string, QueueWithDeadLetters>): string {
    return this.jsonOf(queues, ({ deadLetterQueue }) => deadLetterQueue.queueUrl);
  }

  /** JSON text of an object with the same keys; what only the deployment knows is put in by CloudFormation. */
  private jsonOf<Value>(values: ReadonlyMap<string, Value>, show: (value: Value) => unknown): string {
    return this.toJsonString(Object.fromEntries([...values].map(([key, value]) => [key, show(value)])));
  }

  private addOutputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}
