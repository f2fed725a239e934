/** What the provider says about the key now. */
export type KeyOwner = {
  /** As the provider calls it; absent where it does not say. */
  readonly workspace?: string;
  /** It is the workspace that it always was: nothing else has to be asked. */
  readonly isProven: boolean;
  /** It was called otherwise before. */
  readonly isRenamed: boolean;
};
