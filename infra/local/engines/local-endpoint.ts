/** The engines accept any credentials, so they listen on this machine only. */
export const localHost = "127.0.0.1";

/** The region of every local queue; requests that are signed for another one do not find them. */
export const localRegion = "us-east-1";

/** The account that owns every local queue. */
export const localAccountId = "000000000000";
