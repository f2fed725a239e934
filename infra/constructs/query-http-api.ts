/** The HTTP API: one open route, everything else behind the authorizer, one function that answers. */
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** Who, what and how it ended. No header (tokens) and no query string; `$context.path` has none. */
const accessLogFormat = {
  requestId: "$context.requestId",
  at: "$context.requestTime",
  sourceIp: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  responseBytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  authorizerError: "$context.authorizer.error",
  integrationError: "$context.integrationErrorMessage",
};

export interface QueryHttpApiProps {
  readonly answer: IFunction;
  readonly authorize: IFunction;
}

export class QueryHttpApi extends Construct {
  /** Without a trailing slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: QueryHttpApiProps) {
    super(scope, id);
    const api = new HttpApi(this, "Api", {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
    });
    new HttpStage(this, "DefaultStage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: 50, burstLimit: 100 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, "AccessLogs", {
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFormat)),
      },
    });
    const integration = new HttpLambdaIntegration("Answer", props.answer, {
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    });
    const authorizer = new HttpLambdaAuthorizer("Authorize", props.authorize, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // With an identity source the gateway itself answers a request without a token, in a body of its own shape.
      // Without one every request reaches the functions, and a missing or wrong token gets its 401 as
      // problem+json like every other error. The authorizer keeps its own short memory of the tokens.
      identitySource: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    for (const route of api.addRoutes({ path: "/health", methods: [HttpMethod.GET], integration })) {
      Validations.of(route).acknowledge({
        id: "AwsSolutions-APIG4",
        reason: "Says that the service is up; tells nothing that is stored.",
      });
    }
    for (const path of ["/", "/{proxy+}"]) {
      api.addRoutes({ path, methods: [HttpMethod.ANY], integration, authorizer });
    }
    this.url = api.apiEndpoint;
  }
}
