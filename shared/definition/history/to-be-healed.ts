/**
 * The reason of outside changes that the policy was to undo when they were recorded. A heal goes back behind these and
 * no further: of any other outside change nobody has decided that it is not meant.
 */
export const TO_BE_HEALED = "to-be-healed";
