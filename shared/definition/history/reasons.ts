/** Machine-readable reasons of versions that no request has made. */

/** The provider has made it by itself. */
export const PROVIDER_REWRITE = "provider-rewrite";

/**
 * An outside change that the policy was to undo when it was recorded. A heal goes back behind these and no further: of
 * any other outside change nobody has decided that it is not meant.
 */
export const TO_BE_HEALED = "to-be-healed";
