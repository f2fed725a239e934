import { describeProvider } from "./describe-provider.ts";
import { synthflowHarness, synthflowWith } from "./synthflow-harness.ts";
import { timestampChecks } from "./timestamp-checks.ts";

describeProvider("Synthflow", synthflowHarness);

// The same results, however Synthflow decides what its documents leave open.
const otherwise = () =>
  synthflowWith({
    nullMembers: "rejected",
    unknownMembers: "rejected",
    typeMember: "optional",
    suiteOnCreate: "required",
    deleteMissing: 204,
    createAnswer: "flat",
    deleteAnswer: "200-object",
    errors: "gateway",
    timestamps: "offset",
    malformedId: 404,
    listOrder: "by-name",
    largestPage: 60,
    suiteFilter: "rejected",
  });
describeProvider("Synthflow (with the open points decided otherwise)", otherwise);

// Local times without their zone, which only somebody who knows the server can tell.
const local = () => synthflowWith({ zoneMinutes: -330 }, { timestampZone: "-05:30" });
describeProvider("Synthflow (in another zone)", local, timestampChecks);
