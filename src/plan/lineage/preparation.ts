/** Where an action was called and what its jobs carry: taken at the call, since main goes on meanwhile. */
export interface ActionSite {
  readonly stack: string
  readonly properties: Readonly<Record<string, string>>
  readonly tags: readonly string[]
}

/** Finds out what a lineage must know before it can be planned, by jobs of the action that needs it. */
export type Preparation = (site: ActionSite, signal: AbortSignal | undefined) => Promise<void>
