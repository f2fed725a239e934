/** What a function's process and the local stack say to each other over the process's channel. */

/** How a function's process is started: its first argument, as JSON. */
export type RuntimeTask = {
  /** The folder of the bundle, `/var/task` on Lambda. */
  readonly taskRoot: string;
  /** `<file>.<export>`, as in the template. */
  readonly handler: string;
  readonly functionArn: string;
};

/** One invocation; the next one is sent only after its answer. */
export type Invoke = {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** Epoch ms at which the process is killed if it has not answered. */
  readonly deadlineAt: number;
};

export type RuntimeReport =
  | { readonly kind: "ready" }
  /** The bundle cannot be loaded; the process ends. */
  | { readonly kind: "not-loaded"; readonly message: string }
  /** What the handler returned, as JSON text. */
  | { readonly kind: "succeeded"; readonly payload: string }
  | { readonly kind: "failed"; readonly errorType: string; readonly message: string };
