/**
 * How the simulated Synthflow decides what Synthflow's documents leave open, one switch per open point. A client has to
 * give the same results in every position; the defaults are the positions that seem most likely or are least kind.
 */
import * as z from "zod/mini";
import { readSwitches, serverSwitches } from "../common-switches.ts";

export const switchesSchema = z.strictObject({
  // Writes

  /** What `null` does in a PUT, which the schema allows for all five members. */
  nullMembers: z._default(z.enum(["clears", "no-change", "rejected"]), "clears"),
  /** Members outside the documented ones: not stored, stored, or a 422. */
  unknownMembers: z._default(z.enum(["ignored", "kept", "rejected"]), "ignored"),
  /** Does a PUT that changes nothing advance `updated_at`? */
  noOpPutBumpsTimestamp: z._default(z.boolean(), true),
  /** `type` is required on a create, and its end is announced: `removed` takes none and shows none. */
  typeMember: z._default(z.enum(["required", "optional", "removed"]), "required"),
  /** `suite_id` on a create; that it will be required is announced. */
  suiteOnCreate: z._default(z.enum(["optional", "required"]), "optional"),
  /** A write that names a suite which does not exist, or one of another agent. */
  unknownSuite: z._default(z.literal(["accepted", 404, 422]), 422),
  suiteOfAnotherAgent: z._default(z.literal(["accepted", 422]), "accepted"),
  /** An empty list of criteria, and empty texts. */
  emptyMembers: z._default(z.literal(["accepted", 422]), "accepted"),
  /** Deleting what is not (or no longer) there. */
  deleteMissing: z._default(z.literal([404, 204]), 404),

  // Answers

  /** A create documents `response.simulation_case`, everything else `response`. */
  createAnswer: z._default(z.enum(["nested", "flat"]), "nested"),
  /** A 204 is documented together with an empty object, which no 204 can hold. */
  deleteAnswer: z._default(z.enum(["204", "200-empty", "200-object"]), "204"),
  /** `detail`: as FastAPI writes errors. `gateway`: `{ error, message }`. */
  errors: z._default(z.enum(["detail", "gateway"]), "detail"),
  /** Python writes no zone where a time has none. */
  timestamps: z._default(z.enum(["zoneless", "zulu", "offset"]), "zoneless"),
  /** The zone of those without one, as minutes ahead of UTC. */
  zoneMinutes: z._default(z.int().check(z.gte(-720), z.lte(840)), 0),
  /** A path whose id is no UUID. */
  malformedId: z._default(z.literal([400, 404, 422]), 422),
  ...readSwitches,
  listOrder: z._default(z.enum(["oldest-first", "newest-first", "by-name"]), "newest-first"),
  /** `page_size` above 100 or below 1. */
  pageSizeOutOfRange: z._default(z.literal(["clamp", 422]), 422),
  /** A page is never larger than this, whatever was asked for. */
  largestPage: z._default(z.int().check(z.gte(1), z.lte(100)), 100),
  /** The filter by suite is absent from older documents. */
  suiteFilter: z._default(z.enum(["works", "ignored", "rejected"]), "works"),
  /** What becomes of the cases of a deleted suite. */
  orphans: z._default(z.enum(["kept", "detached", "deleted"]), "kept"),

  // Server

  ...serverSwitches,
});

export type Switches = z.infer<typeof switchesSchema>;
