/** What the provider says about the key now. */
export type KeyOwner = {
  /** As the provider calls it; absent where it does not say. */
  readonly workspace?: string;
  /** It is called as it always was: while most of its scopes are there, nothing else has to be asked. */
  readonly isProven: boolean;
  /** It was called otherwise before. */
  readonly isRenamed: boolean;
  /** What is known was found with another version of the secret. */
  readonly isOtherKey: boolean;
};
