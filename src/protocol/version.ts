/** Raised whenever a message changes its meaning; master, worker and driver must agree on it. */
export const PROTOCOL_VERSION = 3
