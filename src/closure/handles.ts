const revivers = new Map<string, (data: unknown) => unknown>()

/** Says how a handle of the engine (a broadcast, an accumulator) becomes an object in this process. */
export function registerHandle(type: string, revive: (data: unknown) => unknown): void {
  revivers.set(type, revive)
}

export function reviveHandle(type: string, data: unknown): unknown {
  const revive = revivers.get(type)
  if (!revive) throw new Error(`a ${type} cannot be used in this process`)
  return revive(data)
}
