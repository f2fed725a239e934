/**
 * How the simulated Tela decides what Tela's documents leave open, one switch per open point. A client has to give the
 * same results in every position; the defaults are the positions that seem most likely or are least kind.
 */
import * as z from "zod/mini";
import { readSwitches, serverSwitches } from "../common-switches.ts";

export const switchesSchema = z.strictObject({
  // Writes

  /** What PATCH does with an object (`variables`, `variablesRichContent`, `metadata`, `answers`) that it is given. */
  objects: z._default(z.enum(["replaced", "merged"]), "replaced"),
  /** `null` for a member whose schema allows it. */
  nullInPatch: z._default(z.enum(["clears", "ignored"]), "clears"),
  /** `null` for such a member in a POST. */
  nullInCreate: z._default(z.literal(["accepted", 400]), "accepted"),
  /** Top-level members outside the documented ones: not stored, stored, or a 400. */
  unknownMembers: z._default(z.enum(["ignored", "kept", "rejected"]), "ignored"),
  /** `answers`, which one document lists and another does not. */
  answersInWrites: z._default(z.enum(["stored", "ignored", "rejected"]), "stored"),
  /** Values of `metadata.source` beside the documented three. */
  otherSources: z._default(z.literal(["accepted", 400]), 400),
  /** A PATCH with `{}`. */
  emptyPatch: z._default(z.literal(["accepted", 400]), "accepted"),
  /** Does a PATCH that changes nothing advance `updatedAt`? */
  noOpPatchBumpsTimestamp: z._default(z.boolean(), true),
  /** PATCH on a test case that is marked as deleted. */
  patchDeleted: z._default(z.literal(["applied", 400, 404]), "applied"),
  /** A write that names a prompt which does not exist. */
  unknownPromptOnWrite: z._default(z.literal(["accepted", 400, 404]), 404),
  /** What is wrong in a body is a 400 or a 422. */
  invalidBody: z._default(z.literal([400, 422]), 400),
  patchAnswer: z._default(z.enum(["test-case", "id-and-title", "empty"]), "test-case"),
  createAnswer: z._default(z.enum(["test-case", "array-of-one", "id-only"]), "test-case"),
  createStatus: z._default(z.literal([200, 201]), 201),
  deleteAnswer: z._default(z.enum(["empty", "test-case"]), "empty"),
  /** Deleting what is marked as deleted already. */
  deleteAgain: z._default(z.literal([200, 404]), 200),
  deleteTouchesUpdatedAt: z._default(z.boolean(), false),

  // Reads

  ...readSwitches,
  /** Does the list show test cases that are marked as deleted? */
  deletedInList: z._default(z.boolean(), true),
  /** GET by id of one: with its mark, as documented ("may still be retrievable"), or a 404. */
  getDeleted: z._default(z.literal(["marked", 404]), "marked"),
  listOrder: z._default(z.enum(["oldest-first", "newest-first"]), "newest-first"),
  /** The list of a prompt that does not exist (any more). */
  listUnknownPrompt: z._default(z.literal(["empty", 400, 404]), "empty"),
  /** Do the lists of projects and prompts show deleted ones, with a mark? */
  deletedParents: z._default(z.enum(["listed", "hidden"]), "listed"),
  timestampForm: z._default(z.enum(["milliseconds", "seconds"]), "milliseconds"),
  /** What `GET /api-key` shows. */
  keyAnswer: z._default(z.enum(["key", "key-with-workspace", "list"]), "key"),

  // Server

  ...serverSwitches,
  errorShape: z._default(z.enum(["documented", "nested", "message-object"]), "documented"),
  /** What a key is answered that has no access to the project of a test case. */
  noAccess: z._default(z.literal([401, 403, 404]), 403),
});

export type Switches = z.infer<typeof switchesSchema>;

export const defaultSwitches: Switches = switchesSchema.parse({});
