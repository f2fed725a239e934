/**
 * The physical names, ARNs and URLs that CloudFormation would assign. They depend on the template alone (and
 * URLs on the ports), so a restart finds its tables and queues again.
 */
import { localAccountId } from "../engines/local-endpoint.ts";
import { localQueueUrl } from "../engines/local-queue-url.ts";
import { type References, type Resource, resolve, type Template, TemplateError } from "./template.ts";

export type Place = {
  readonly region: string;
  readonly sqsEndpoint: string;
  /** The local API's URL without a trailing slash. */
  readonly apiEndpoint: string;
};

type PhysicalId = { readonly ref: string; readonly attributes: Readonly<Record<string, string>> };

export function physicalIds(template: Template, stackName: string, place: Place): References {
  const pseudoParameters = new Map([
    ["AWS::AccountId", localAccountId],
    ["AWS::Partition", "aws"],
    ["AWS::Region", place.region],
    ["AWS::StackName", stackName],
    ["AWS::URLSuffix", "amazonaws.com"],
  ]);
  const find = (logicalId: string): PhysicalId => {
    const resource = template.Resources[logicalId];
    if (resource === undefined) throw new TemplateError(`there is no resource or parameter "${logicalId}"`);
    return physicalId(logicalId, resource, place, references);
  };
  const references: References = {
    ref: (name) => pseudoParameters.get(name) ?? find(name).ref,
    attribute(logicalId, attribute) {
      const { attributes } = find(logicalId);
      const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
      if (value !== undefined) return value;
      const type = template.Resources[logicalId]?.Type;
      throw new TemplateError(`the attribute ${attribute} of ${logicalId} (${type}) is not known`);
    },
  };
  return references;
}

function physicalId(logicalId: string, resource: Resource, place: Place, references: References): PhysicalId {
  const name = (property: string): string => {
    const given = resolve(resource.Properties[property], references);
    return typeof given === "string" ? given : logicalId;
  };
  const arn = (service: string, rest: string, region = place.region): string =>
    `arn:aws:${service}:${region}:${localAccountId}:${rest}`;
  switch (resource.Type) {
    case "AWS::DynamoDB::Table":
    case "AWS::DynamoDB::GlobalTable": {
      const table = name("TableName");
      return { ref: table, attributes: { Arn: arn("dynamodb", `table/${table}`) } };
    }
    case "AWS::SQS::Queue": {
      const fifo =
        resource.Properties["FifoQueue"] === true && resource.Properties["QueueName"] === undefined;
      const queue = `${name("QueueName")}${fifo ? ".fifo" : ""}`;
      return {
        ref: localQueueUrl(place.sqsEndpoint, queue),
        attributes: { Arn: arn("sqs", queue), QueueName: queue },
      };
    }
    case "AWS::Lambda::Function": {
      const functionName = name("FunctionName");
      return { ref: functionName, attributes: { Arn: arn("lambda", `function:${functionName}`) } };
    }
    case "AWS::S3::Bucket": {
      // Bucket names are lower case.
      const bucket = name("BucketName").toLowerCase();
      return { ref: bucket, attributes: { Arn: `arn:aws:s3:::${bucket}` } };
    }
    case "AWS::SecretsManager::Secret": {
      // AWS ends the name with a random suffix of this length.
      const secret = arn("secretsmanager", `secret:${name("Name")}-local0`);
      return { ref: secret, attributes: { Id: secret } };
    }
    case "AWS::ApiGatewayV2::Api":
      return { ref: logicalId, attributes: { ApiId: logicalId, ApiEndpoint: place.apiEndpoint } };
    case "AWS::ApiGatewayV2::Integration":
    case "AWS::ApiGatewayV2::Authorizer":
      return { ref: logicalId, attributes: {} };
    case "AWS::IAM::Role": {
      const role = name("RoleName");
      return { ref: role, attributes: { Arn: arn("iam", `role/${role}`, "") } };
    }
    case "AWS::Logs::LogGroup": {
      const group = name("LogGroupName");
      return { ref: group, attributes: { Arn: arn("logs", `log-group:${group}:*`) } };
    }
    case "AWS::SNS::Topic": {
      const topic = arn("sns", name("TopicName"));
      return { ref: topic, attributes: { TopicArn: topic } };
    }
    default:
      throw new TemplateError(`${logicalId} is of a type that is not known: ${resource.Type}`);
  }
}
