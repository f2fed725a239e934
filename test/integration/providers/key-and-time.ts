/** The key that servers of tests expect, and the instant at which these tests begin. */
export const KEY = "key_0123456789abcdef";
export const NOW = Date.parse("2026-11-21T10:00:00Z");
