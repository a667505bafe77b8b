/** What the driver knows of one function of the bundle. Locations are `file:line:col` in the user's sources. */
export interface UnitMeta {
  at: string
  name: string
  captures?: { name: string; shown: string; at: string }[]
  usesThis?: boolean
  usesArguments?: boolean
  /** indexes of captures that can be set after the function is made */
  late?: number[]
  /** the capture that is the function itself */
  selfName?: string
  isClass?: boolean
  member?: { name: string | undefined; isStatic: boolean; kind: string }
  /** what it uses that cannot be shipped */
  problem?: string
  assigns?: { name: string; at: string }
}

/** The sidecar of a bundle: one entry a function, by the number in its marker. Only the driver reads it. */
export interface ClosureMeta {
  units: UnitMeta[]
  /** the line of the bundle where each module begins */
  modules: [line: number, file: string][]
}
