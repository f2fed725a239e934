/** The options of `npm run redrive`. */
import { parseArgs } from "node:util";
import { isRequestId } from "../../shared/change-request/change-request.ts";
import { variables } from "./deployment.ts";
import { RedriveError } from "./redrive-error.ts";

export type RedriveOptions = {
  readonly help: boolean;
  /** What to retry. `nothing`: only show what there is. */
  readonly retry: "nothing" | "all" | readonly string[];
  readonly dryRun: boolean;
  readonly connection?: string;
  readonly data?: string;
};

export const usage = `npm run redrive -- [--request ID … | --all] [options]

Retries change requests that were given up: each is queued again, and its dead letter is removed. Without --request
and --all it only lists the dead letters.

  --request ID        retry this request, also where its dead letter is gone; may be given several times
  --all               retry all requests that have a dead letter
  --dry-run           show what would be done, and do nothing
  --connection ID     only this connection; needed where several have a request of the same id
  --data FOLDER       the local stack of this data folder (default .local)
  --help              this text

For a deployed stack, instead of --data, set in the environment (beside AWS's own variables):

  ${variables.apiUrl}                 output ApiUrl
  ${variables.token}                   a token of the API with the role operator
  ${variables.deadLetterQueueUrls}  output ChangeRequestDeadLetterQueueUrls, as it is (JSON)

The caller needs sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes on the
dead-letter queues. A letter that cannot be retried stays where it is, and the reason is shown.`;

/** @throws {RedriveError} naming the option and what it takes */
export function parseRedriveOptions(args: readonly string[]): RedriveOptions {
  const { request, all, connection, data, help, "dry-run": dryRun } = parse(args);
  if (request.length > 0 && all) throw new RedriveError("--request and --all exclude each other");
  const wrong = request.find((id) => !isRequestId(id));
  if (wrong !== undefined) {
    throw new RedriveError(`--request takes the id of a change request, not "${wrong}"`);
  }
  return {
    help,
    retry: all ? "all" : request.length > 0 ? [...new Set(request)] : "nothing",
    dryRun,
    ...(connection !== undefined && { connection }),
    ...(data !== undefined && { data }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        request: { type: "string", multiple: true, default: [] },
        all: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        connection: { type: "string" },
        data: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node's first sentence names the option; the rest advises about option syntax in general.
    throw new RedriveError(`${error.message.split(/\. |\n/)[0]} (see npm run redrive -- --help)`);
  }
}
