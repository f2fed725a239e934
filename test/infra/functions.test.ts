import { describe, expect, test } from "vitest";
import { ConfigurationError, parseConnections } from "../../shared/platform/config.ts";
import { type LambdaFunction, retell, SynthesizedStack } from "./synthesized-stack.ts";

const connections = [retell, { ...retell, id: "retell-eu" }];
const stack = new SynthesizedStack(connections);
const functions = stack
  .resources<LambdaFunction>("AWS::Lambda::Function")
  .map(({ properties }) => properties);

const queues = {
  retell: {
    url: "<ChangeRequestsretellQueue>",
    arn: "<ChangeRequestsretellQueue.Arn>",
    deadLetterUrl: "<ChangeRequestsretellDeadLetters>",
  },
  "retell-eu": {
    url: "<ChangeRequestsretelleuQueue>",
    arn: "<ChangeRequestsretelleuQueue.Arn>",
    deadLetterUrl: "<ChangeRequestsretelleuDeadLetters>",
  },
};

const queueUrls = { retell: queues.retell.url, "retell-eu": queues["retell-eu"].url };
const runQueueUrls = {
  retell: "<ReconciliationReconciliationsretellQueue>",
  "retell-eu": "<ReconciliationReconciliationsretelleuQueue>",
};

describe("the functions", () => {
  test.each(functions)(
    "$FunctionName runs on arm64 and Node.js 24, and logs to a group that forgets",
    (each) => {
      expect(each).toMatchObject({ Architectures: ["arm64"], Runtime: "nodejs24.x" });
      const logs = stack
        .resources<{ LogGroupName?: string; RetentionInDays: number }>("AWS::Logs::LogGroup")
        .filter(({ properties }) => properties.LogGroupName === `/aws/lambda/${each.FunctionName}`);
      expect(logs).toHaveLength(1);
      expect(logs[0]?.logicalId).toContain(each.LoggingConfig.LogGroup.slice(1, -1));
      expect(logs[0]?.properties.RetentionInDays).toBe(90);
    },
  );

  test("have the time that their callers give them, and apply-change 512 MB", () => {
    expect(Object.fromEntries(functions.map(({ FunctionName, Timeout }) => [FunctionName, Timeout]))).toEqual(
      {
        "test-case-sync-apply-change": 30,
        "test-case-sync-reconcile-scope": 60,
        "test-case-sync-start-reconciliation": 30,
        "test-case-sync-query-api": 29,
        "test-case-sync-authorize": 5,
        "test-case-sync-anchor-history": 300,
        "test-case-sync-sweep-requests": 300,
      },
    );
    expect(stack.function("apply-change").MemorySize).toBe(512);
    // It holds what is recorded of a whole scope.
    expect(stack.function("reconcile-scope").MemorySize).toBe(1_024);
  });

  test.each([
    [
      "apply-change",
      ["STATE_TABLE", "HISTORY_TABLE", "CONNECTIONS", "CONNECTION_SECRETS", "CHANGE_REQUEST_QUEUES"],
    ],
    [
      "reconcile-scope",
      [
        "STATE_TABLE",
        "HISTORY_TABLE",
        "CONNECTIONS",
        "CONNECTION_SECRETS",
        "CHANGE_REQUEST_QUEUES",
        "RECONCILIATION_QUEUES",
      ],
    ],
    ["start-reconciliation", ["STATE_TABLE", "CONNECTIONS", "RECONCILIATION_QUEUES"]],
    [
      "query-api",
      [
        "STATE_TABLE",
        "HISTORY_TABLE",
        "CONNECTIONS",
        "CONNECTION_SECRETS",
        "CHANGE_REQUEST_QUEUES",
        "RECONCILIATION_QUEUES",
      ],
    ],
    ["authorize", ["API_TOKENS_SECRET"]],
    ["anchor-history", ["STATE_TABLE", "ANCHOR_BUCKET", "CONNECTIONS"]],
    ["sweep-requests", ["STATE_TABLE"]],
  ])("%s gets exactly the variables that it reads", (name, own) => {
    const variables = stack.function(name).Environment.Variables;
    const common = ["LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"];
    expect(Object.keys(variables).toSorted()).toEqual([...common, ...own].toSorted());
    expect(variables).toMatchObject({
      LOG_LEVEL: "INFO",
      POWERTOOLS_SERVICE_NAME: name,
      POWERTOOLS_METRICS_NAMESPACE: "TestCaseSync",
    });
  });

  test("the variables name this stack's resources, and the connections with all defaults filled in", () => {
    const applyChange = stack.function("apply-change").Environment.Variables;
    expect(applyChange).toMatchObject({ STATE_TABLE: "<State>", HISTORY_TABLE: "<History>" });
    expect(JSON.parse(applyChange["CONNECTIONS"] ?? "")).toEqual(parseConnections(connections));
    expect(JSON.parse(applyChange["CONNECTION_SECRETS"] ?? "")).toEqual({
      retell: "<ConnectionSecretretell>",
      "retell-eu": "<ConnectionSecretretelleu>",
    });
    expect(JSON.parse(applyChange["CHANGE_REQUEST_QUEUES"] ?? "")).toEqual(queues);
    const queryApi = stack.function("query-api").Environment.Variables;
    expect(JSON.parse(queryApi["CHANGE_REQUEST_QUEUES"] ?? "")).toEqual(queueUrls);
    expect(JSON.parse(queryApi["RECONCILIATION_QUEUES"] ?? "")).toEqual(runQueueUrls);
    const starter = stack.function("start-reconciliation").Environment.Variables;
    expect(JSON.parse(starter["RECONCILIATION_QUEUES"] ?? "")).toEqual(runQueueUrls);
    const reconcileScope = stack.function("reconcile-scope").Environment.Variables;
    expect(JSON.parse(reconcileScope["RECONCILIATION_QUEUES"] ?? "")).toEqual({
      retell: { url: runQueueUrls.retell, arn: "<ReconciliationReconciliationsretellQueue.Arn>" },
      "retell-eu": {
        url: runQueueUrls["retell-eu"],
        arn: "<ReconciliationReconciliationsretelleuQueue.Arn>",
      },
    });
    // Heals go there.
    expect(JSON.parse(reconcileScope["CHANGE_REQUEST_QUEUES"] ?? "")).toEqual(queueUrls);
    expect(stack.function("authorize").Environment.Variables["API_TOKENS_SECRET"]).toBe("<ApiTokens>");
    expect(stack.function("anchor-history").Environment.Variables["ANCHOR_BUCKET"]).toBe("<Anchors>");
  });

  test("four connections fit into the environment; more than Lambda takes are refused with the reason", () => {
    const numbered = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...retell, id: `retell-${index}` }));
    expect(() => new SynthesizedStack(numbered(4))).not.toThrow();
    expect(() => new SynthesizedStack(numbered(6))).toThrow(ConfigurationError);
    expect(() => new SynthesizedStack(numbered(6))).toThrow(
      /environment of the function apply-change may have \d+ bytes; Lambda takes 4096/,
    );
    const named = ["retell-production", "retell-staging", "retell-customers-eu"];
    expect(() => new SynthesizedStack(named.map((id) => ({ ...retell, id })))).not.toThrow();
  });
});

describe("secrets", () => {
  const secrets = stack.resources<{ Name: string; SecretString: string }>("AWS::SecretsManager::Secret");

  test("there is one per connection, obviously unset, and one for the API's tokens, with none", () => {
    expect(
      Object.fromEntries(secrets.map(({ properties }) => [properties.Name, properties.SecretString])),
    ).toEqual({
      "test-case-sync/connections/retell": "UNSET: put the provider's API key here",
      "test-case-sync/connections/retell-eu": "UNSET: put the provider's API key here",
      "test-case-sync/api-tokens": '{"tokens":[]}',
    });
  });

  test("no template value is read out of a secret: functions get ARNs only", () => {
    expect(JSON.stringify(stack.template)).not.toContain("{{resolve:");
  });
});

describe("the outputs", () => {
  test("tell everything that tools and the local stack need", () => {
    const names = Object.keys(stack.template.Outputs);
    expect(Object.fromEntries(names.map((name) => [name, stack.output(name)]))).toEqual({
      ApiUrl: "<Api.ApiEndpoint>",
      StateTable: "<State>",
      HistoryTable: "<History>",
      AnchorBucket: "<Anchors>",
      AlarmTopic: "<Alarms>",
      ApiTokensSecret: "<ApiTokens>",
      ConnectionSecrets: JSON.stringify({
        retell: "<ConnectionSecretretell>",
        "retell-eu": "<ConnectionSecretretelleu>",
      }),
      ChangeRequestQueueUrls: JSON.stringify(queueUrls),
      ChangeRequestDeadLetterQueueUrls: JSON.stringify({
        retell: queues.retell.deadLetterUrl,
        "retell-eu": queues["retell-eu"].deadLetterUrl,
      }),
      ReconciliationQueueUrls: JSON.stringify(runQueueUrls),
      ReconciliationDeadLetterQueueUrls: JSON.stringify({
        retell: "<ReconciliationReconciliationsretellDeadLetters>",
        "retell-eu": "<ReconciliationReconciliationsretelleuDeadLetters>",
      }),
      FunctionNames: JSON.stringify({
        "apply-change": "<ApplyChangeFunction>",
        "reconcile-scope": "<ReconciliationReconcileScopeFunction>",
        "start-reconciliation": "<ReconciliationStartReconciliationFunction>",
        "query-api": "<QueryApiFunction>",
        authorize: "<AuthorizeFunction>",
        "anchor-history": "<AnchorHistoryFunction>",
        "sweep-requests": "<SweepRequestsFunction>",
      }),
    });
  });
});
