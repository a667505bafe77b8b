/** A function on its way to executors. */
export interface ShippedFunction {
  readonly payload: Uint8Array
  /** as the user named it, for messages */
  readonly name: string
  /** broadcasts and accumulators it captured */
  readonly handles: readonly { readonly type: string; readonly data: unknown }[]
}
