/** The template's buckets in the local S3 engine: plain buckets, because the engine knows no Object Lock. */
import { CreateBucketCommand, HeadBucketCommand, NotFound, type S3Client } from "@aws-sdk/client-s3";
import * as z from "zod/mini";
import { type References, resourcesOfType, type Template } from "../template/template.ts";

/** Creates the buckets that do not exist yet. */
export async function createBuckets(
  client: S3Client,
  template: Template,
  references: References,
): Promise<void> {
  const buckets = resourcesOfType(template, "AWS::S3::Bucket", z.object({}), references);
  await Promise.all(
    buckets.map(async ({ logicalId }) => {
      const bucket = { Bucket: references.ref(logicalId) };
      if (!(await exists(client, bucket))) await client.send(new CreateBucketCommand(bucket));
    }),
  );
}

async function exists(client: S3Client, bucket: { Bucket: string }): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand(bucket));
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}
