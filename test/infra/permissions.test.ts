import { describe, expect, test } from "vitest";
import { list, retell, SynthesizedStack } from "./synthesized-stack.ts";

const stack = new SynthesizedStack([retell, { ...retell, id: "retell-eu" }]);

/** What each function may do, complete: resource, then actions. */
const permissions: Record<string, Record<string, string[]>> = {
  "apply-change": {
    "<ApplyChangeLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<State.Arn>": [
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ],
    "<State.Arn>/index/byConnection": ["dynamodb:Query"],
    "<History.Arn>": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    "<ConnectionSecretretell>": ["secretsmanager:GetSecretValue"],
    "<ConnectionSecretretelleu>": ["secretsmanager:GetSecretValue"],
    "<ChangeRequestsretellQueue.Arn>": [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ],
    "<ChangeRequestsretelleuQueue.Arn>": [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ],
    "<ChangeRequestsretellDeadLetters.Arn>": ["sqs:SendMessage"],
    "<ChangeRequestsretelleuDeadLetters.Arn>": ["sqs:SendMessage"],
  },
  "reconcile-scope": {
    "<ReconciliationReconcileScopeLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<State.Arn>": [
      "dynamodb:BatchGetItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ],
    "<State.Arn>/index/byScope": ["dynamodb:Query"],
    "<History.Arn>": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    "<ConnectionSecretretell>": ["secretsmanager:GetSecretValue"],
    "<ConnectionSecretretelleu>": ["secretsmanager:GetSecretValue"],
    "<ChangeRequestsretellQueue.Arn>": ["sqs:SendMessage"],
    "<ChangeRequestsretelleuQueue.Arn>": ["sqs:SendMessage"],
    "<ReconciliationReconciliationsretellQueue.Arn>": [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ],
    "<ReconciliationReconciliationsretelleuQueue.Arn>": [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ],
    "<ReconciliationReconciliationsretellDeadLetters.Arn>": ["sqs:SendMessage"],
    "<ReconciliationReconciliationsretelleuDeadLetters.Arn>": ["sqs:SendMessage"],
  },
  "start-reconciliation": {
    "<ReconciliationStartReconciliationLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<State.Arn>": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    "<ReconciliationReconciliationsretellQueue.Arn>": ["sqs:SendMessage"],
    "<ReconciliationReconciliationsretelleuQueue.Arn>": ["sqs:SendMessage"],
  },
  "query-api": {
    "<QueryApiLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<State.Arn>": [
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ],
    "<State.Arn>/index/byScope": ["dynamodb:Query"],
    "<State.Arn>/index/byConnection": ["dynamodb:Query"],
    "<State.Arn>/index/requestsByTime": ["dynamodb:Query"],
    "<History.Arn>": ["dynamodb:GetItem", "dynamodb:Query"],
    "<History.Arn>/index/byRecordedAt": ["dynamodb:Query"],
    "<ConnectionSecretretell>": ["secretsmanager:GetSecretValue"],
    "<ConnectionSecretretelleu>": ["secretsmanager:GetSecretValue"],
    "<ChangeRequestsretellQueue.Arn>": ["sqs:SendMessage"],
    "<ChangeRequestsretelleuQueue.Arn>": ["sqs:SendMessage"],
    "<ReconciliationReconciliationsretellQueue.Arn>": ["sqs:SendMessage"],
    "<ReconciliationReconciliationsretelleuQueue.Arn>": ["sqs:SendMessage"],
  },
  authorize: {
    "<AuthorizeLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<ApiTokens>": ["secretsmanager:GetSecretValue"],
  },
  "anchor-history": {
    "<AnchorHistoryLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<State.Arn>": ["dynamodb:BatchGetItem"],
    "<State.Arn>/index/byConnection": ["dynamodb:Query"],
    "<Anchors.Arn>/anchors/*": ["s3:PutObject"],
  },
  "sweep-requests": {
    "<SweepRequestsLogs.Arn>": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "<State.Arn>": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"],
    "<State.Arn>/index/requestsByTime": ["dynamodb:Query"],
  },
};

/** Resources that stand for more than one thing, each with the reason why it may. */
const wildcardResources: Record<string, string> = {
  "<ApplyChangeLogs.Arn>": "a log group's ARN ends with :*, its streams: Lambda names them",
  "<ReconciliationReconcileScopeLogs.Arn>": "a log group's ARN ends with :*, its streams: Lambda names them",
  "<ReconciliationStartReconciliationLogs.Arn>":
    "a log group's ARN ends with :*, its streams: Lambda names them",
  "<QueryApiLogs.Arn>": "a log group's ARN ends with :*, its streams: Lambda names them",
  "<AuthorizeLogs.Arn>": "a log group's ARN ends with :*, its streams: Lambda names them",
  "<AnchorHistoryLogs.Arn>": "a log group's ARN ends with :*, its streams: Lambda names them",
  "<SweepRequestsLogs.Arn>": "a log group's ARN ends with :*, its streams: Lambda names them",
  "<Anchors.Arn>/anchors/*": "each anchor is a new object, named by its time",
};

describe("permissions", () => {
  test.each(Object.keys(permissions))("%s may do exactly what the table says", (name) => {
    const role = stack.function(name).Role.replace(/\.Arn>$/, ">");
    const allowed: Record<string, string[]> = {};
    for (const { Effect, Action, Resource, Condition } of stack.statementsOf(role)) {
      expect({ Effect, Condition }).toEqual({ Effect: "Allow", Condition: undefined });
      for (const resource of list(Resource)) {
        allowed[resource] = [...new Set([...(allowed[resource] ?? []), ...list(Action)])].toSorted();
      }
    }
    expect(allowed).toEqual(permissions[name]);
  });

  test("every function is in the table and has a role of its own", () => {
    const functions = stack.resources<{ FunctionName: string; Role: string }>("AWS::Lambda::Function");
    expect(functions.map(({ properties }) => properties.FunctionName.replace("test-case-sync-", ""))).toEqual(
      Object.keys(permissions),
    );
    expect(new Set(functions.map(({ properties }) => properties.Role)).size).toBe(functions.length);
  });

  test("no role has a managed policy, and none has permissions outside its policy resource", () => {
    const roles = stack.resources<{ ManagedPolicyArns?: unknown; Policies?: unknown }>("AWS::IAM::Role");
    const schedules = stack.resources("AWS::Scheduler::Schedule");
    expect(roles).toHaveLength(Object.keys(permissions).length + schedules.length);
    for (const { properties } of roles) {
      expect(properties.ManagedPolicyArns).toBeUndefined();
      expect(properties.Policies).toBeUndefined();
    }
  });

  test.each([
    ["AnchorSchedule", "AnchorHistory"],
    ["SweepSchedule", "SweepRequests"],
  ])("%s may start its function and nothing else", (schedule, target) => {
    expect(stack.statementsOf(`<${schedule}Role>`)).toEqual([
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: `<${target}Function.Arn>` },
    ]);
  });

  test("nothing is allowed with a wildcard but the explained exceptions", () => {
    const allowed = stack.allStatements().filter(({ Effect }) => Effect === "Allow");
    expect(allowed.length).toBeGreaterThan(15);
    expect(allowed.flatMap(({ Action }) => list(Action)).filter((action) => action.includes("*"))).toEqual(
      [],
    );
    expect(allowed.filter(({ Principal }) => JSON.stringify(Principal ?? "").includes("*"))).toEqual([]);
    const wide = allowed
      .flatMap(({ Resource }) => list(Resource))
      .filter((resource) => resource.includes("*") || /Logs\.Arn>$/.test(resource));
    expect(new Set(wide)).toEqual(new Set(Object.keys(wildcardResources)));
  });

  test("what is denied is denied to everybody who comes without TLS", () => {
    const denied = stack.allStatements().filter(({ Effect }) => Effect === "Deny");
    const queues = stack.resources("AWS::SQS::Queue");
    expect(denied).toHaveLength(queues.length + 2);
    for (const { Condition, Principal } of denied) {
      expect(Condition).toEqual({ Bool: { "aws:SecureTransport": "false" } });
      expect(JSON.stringify(Principal)).toContain('"*"');
    }
  });

  test("nobody can change or remove a version: the history is only read, and added to by two functions", () => {
    const reads = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
    const onHistory = stack
      .allStatements()
      .filter(({ Resource }) => list(Resource).some((resource) => resource.startsWith("<History.")));
    expect(onHistory.length).toBeGreaterThan(0);
    for (const { in: policy, Action } of onHistory) {
      const writes = list(Action).filter((action) => !reads.includes(action));
      const isWriter = /^(ApplyChange|ReconciliationReconcileScope)Role/.test(policy);
      expect(writes, policy).toEqual(isWriter ? ["dynamodb:PutItem"] : []);
    }
  });

  test("the gateway may start the functions only for this API", () => {
    const granted = stack.resources<{ Action: string; Principal: string; SourceArn: string }>(
      "AWS::Lambda::Permission",
    );
    expect(granted.length).toBeGreaterThan(0);
    for (const { properties } of granted) {
      expect(properties).toMatchObject({
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
        SourceArn: expect.stringMatching(
          /^arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>\//,
        ),
      });
    }
  });
});
