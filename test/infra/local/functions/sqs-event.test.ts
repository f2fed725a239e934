import { expect, it } from "vitest";
import { sqsEvent } from "../../../../infra/local/functions/sqs-event.ts";

it("a received message becomes a record as Lambda builds it", () => {
  const received = {
    MessageId: "059f36b4",
    ReceiptHandle: "AQEB",
    Body: "text",
    MD5OfBody: "1cb251ec0d568de6a929b520c4aed8d1",
    MD5OfMessageAttributes: "00484c68",
    Attributes: { ApproximateReceiveCount: "1", MessageGroupId: "g" },
    MessageAttributes: {
      subject: { DataType: "String", StringValue: "ana" },
      bytes: { DataType: "Binary", BinaryValue: Buffer.from("hi") },
    },
  };
  expect(sqsEvent([received], "arn:q", "us-east-1")).toEqual({
    Records: [
      {
        messageId: "059f36b4",
        receiptHandle: "AQEB",
        body: "text",
        attributes: { ApproximateReceiveCount: "1", MessageGroupId: "g" },
        messageAttributes: {
          subject: { stringValue: "ana", stringListValues: [], binaryListValues: [], dataType: "String" },
          bytes: { binaryValue: "aGk=", stringListValues: [], binaryListValues: [], dataType: "Binary" },
        },
        md5OfBody: "1cb251ec0d568de6a929b520c4aed8d1",
        md5OfMessageAttributes: "00484c68",
        eventSource: "aws:sqs",
        eventSourceARN: "arn:q",
        awsRegion: "us-east-1",
      },
    ],
  });
});
