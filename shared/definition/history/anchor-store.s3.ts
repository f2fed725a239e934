/** Anchors in a bucket under Object Lock, one object each. */
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { AnchorStore } from "./anchor-history.ts";

export function createAnchorStore(client: S3Client, bucket: string): AnchorStore {
  return {
    async put(anchor, at) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `anchors/${new Date(at).toISOString()}.ndjson`,
          Body: anchor.text,
          ContentType: "application/x-ndjson",
        }),
      );
    },
  };
}
