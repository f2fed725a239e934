import { describe, expect, it } from "vitest";
import { physicalIds } from "../../../../infra/local/template/physical-ids.ts";
import { parseTemplate } from "../../../../infra/local/template/template.ts";

const template = parseTemplate(
  JSON.stringify({
    Resources: {
      Table: { Type: "AWS::DynamoDB::Table" },
      Named: { Type: "AWS::DynamoDB::GlobalTable", Properties: { TableName: { Ref: "AWS::StackName" } } },
      Queue: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
      NamedQueue: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true, QueueName: "q.fifo" } },
      Function: { Type: "AWS::Lambda::Function" },
      Bucket: { Type: "AWS::S3::Bucket" },
      Secret: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "a/b" } },
      Api: { Type: "AWS::ApiGatewayV2::Api" },
      Role: { Type: "AWS::IAM::Role" },
      Strange: { Type: "AWS::Strange::Thing" },
    },
  }),
);
const ids = physicalIds(template, "stack", {
  region: "us-east-1",
  sqsEndpoint: "http://127.0.0.1:1",
  apiEndpoint: "http://127.0.0.1:2",
});

describe("physical ids", () => {
  it.each([
    ["Table", "Table"],
    ["Named", "stack"],
    ["Queue", "http://127.0.0.1:1/000000000000/Queue.fifo"],
    ["NamedQueue", "http://127.0.0.1:1/000000000000/q.fifo"],
    ["Bucket", "bucket"],
    ["Secret", "arn:aws:secretsmanager:us-east-1:000000000000:secret:a/b-local0"],
    ["AWS::Region", "us-east-1"],
    ["AWS::AccountId", "000000000000"],
    ["AWS::Partition", "aws"],
    ["AWS::URLSuffix", "amazonaws.com"],
  ])("are what a Ref answers: %s", (name, expected) => {
    expect(ids.ref(name)).toBe(expected);
  });

  it.each([
    ["Named", "Arn", "arn:aws:dynamodb:us-east-1:000000000000:table/stack"],
    ["Queue", "Arn", "arn:aws:sqs:us-east-1:000000000000:Queue.fifo"],
    ["NamedQueue", "QueueName", "q.fifo"],
    ["Function", "Arn", "arn:aws:lambda:us-east-1:000000000000:function:Function"],
    ["Bucket", "Arn", "arn:aws:s3:::bucket"],
    ["Api", "ApiEndpoint", "http://127.0.0.1:2"],
    ["Role", "Arn", "arn:aws:iam::000000000000:role/Role"],
  ])("have the attributes of AWS: %s.%s", (logicalId, attribute, expected) => {
    expect(ids.attribute(logicalId, attribute)).toBe(expected);
  });

  it("are never guessed", () => {
    expect(() => ids.ref("Nobody")).toThrow('there is no resource or parameter "Nobody"');
    expect(() => ids.ref("Strange")).toThrow("of a type that is not known: AWS::Strange::Thing");
    expect(() => ids.attribute("Table", "StreamArn")).toThrow("the attribute StreamArn of Table");
    expect(() => ids.attribute("Table", "constructor")).toThrow("the attribute constructor of Table");
  });
});
