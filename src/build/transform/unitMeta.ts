import type { ClosureMeta, UnitMeta } from '../../closure/closureMeta.js'
import { locationOf } from './diagnostic.js'
import type { SourcePositions } from './sourcePositions.js'
import type { Reference, Unit } from './units.js'
import type { ModuleStart } from './userChunks.js'

/** Lines count from 1, and the transformed bundle has one more at its top. */
const FIRST_LINE = 2

/** What the driver has to know of each function when it ships it, and for its messages. */
export function metaOf(units: readonly Unit[], starts: readonly ModuleStart[], positions: SourcePositions): ClosureMeta {
  return {
    modules: starts.map(({ start, file }) => [positions.lineOf(start) + FIRST_LINE, file]),
    units: units.map((unit) => {
      const meta: UnitMeta = { at: locationOf(positions.place(unit.offset + unit.start)), name: unit.name }
      if (unit.captures.size > 0) {
        meta.captures = [...unit.captures].map(([name, binding]) => {
          const position = unit.offset + binding.node.start
          return { name, shown: positions.nameAt(position, name), at: locationOf(positions.place(position)) }
        })
      }
      if (unit.usesThis) meta.usesThis = true
      if (unit.usesArguments) meta.usesArguments = true
      if (unit.late) meta.late = unit.late
      if (unit.selfName) meta.selfName = unit.selfName
      if (unit.kind === 'class') meta.isClass = true
      if (unit.memberOf) meta.member = { name: unit.memberName, isStatic: unit.isStatic, kind: unit.memberKind! }
      const problem = problemOf(unit)
      if (problem) meta.problem = problem
      const write = unit.captureWrites.find((each) => !isTaskLocal(each, unit, positions))
      if (write) {
        const shown = positions.nameAt(unit.offset + write.binding!.node.start, write.name)
        meta.assigns = { name: shown, at: locationOf(positions.place(unit.offset + write.node.start)) }
      }
      return meta
    }),
  }
}

function problemOf(unit: Unit): string | undefined {
  if (unit.problem) return unit.problem
  if (unit.privates.size > 0) return `the private member ${[...unit.privates].join(', ')}`
  return unit.kind === 'objmethod' && unit.memberName === undefined ? 'a computed method name' : undefined
}

/** `// tspark-local` on the line says: a copy for each task is what I want. */
export function isTaskLocal(reference: Reference, unit: Unit, positions: SourcePositions): boolean {
  return /\/\/.*\btspark-local\b/.test(positions.place(unit.offset + reference.node.start).text)
}
