/** Composition root of the daily anchor. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { anchorHistory } from "../../shared/definition/history/anchor-history.ts";
import { createAnchorStore } from "../../shared/definition/history/anchor-store.s3.ts";
import { createMirrorLists } from "../../shared/definition/mirror/mirror-lists.dynamodb.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { parseConnections } from "../../shared/platform/config.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { createLogger } from "../../shared/platform/logger.ts";

const environment = requiredVariables(process.env, ["STATE_TABLE", "ANCHOR_BUCKET", "CONNECTIONS"]);
const dependencies = {
  connections: parseConnections(JSON.parse(environment.CONNECTIONS)).map(({ id }) => id),
  mirrors: createMirrorLists(new DynamoDBClient(), environment.STATE_TABLE),
  anchors: createAnchorStore(new S3Client(), environment.ANCHOR_BUCKET),
  clock: systemClock,
  log: createLogger(),
};

/** Invoked by the schedule; its event says nothing that is needed. */
export const handler = async (): Promise<void> => {
  await anchorHistory(dependencies);
};
