import type { Edits, Part } from './edits.js'
import type { Binding, Unit } from './units.js'
import { isPlainMethod, memberAccess, needsName } from './unitText.js'

/**
 * A factory for every function that can be shipped: a function of its captures that gives it back, its body as the user
 * wrote it. A function that can be part of a cycle gets a second one, whose late captures are set afterwards.
 */
export function factoriesOf(units: readonly Unit[], roots: ReadonlyMap<string, Binding | undefined>, edits: Edits, code: string): Part[] {
  return units.flatMap((unit) => (hasFactory(unit, roots) ? factory(unit, edits, code) : []))
}

function hasFactory(unit: Unit, roots: ReadonlyMap<string, Binding | undefined>): boolean {
  if (unit.kind === 'method' || unit.problem || unit.privates.size > 0) return false
  if (unit.kind === 'objmethod' && !isPlainMethod(unit)) return false
  if (unit.immediatelyInvoked && !unit.node.id) return false
  return !isReachedByName(unit, roots)
}

/** A declaration or constant at module level that is never assigned again: executors have it themselves. */
function isReachedByName(unit: Unit, roots: ReadonlyMap<string, Binding | undefined>): boolean {
  if (unit.parent || unit.isCapturing) return false
  const { declared, context, contextKey } = unit
  if (declared) return roots.get(unit.name) === declared && declared.writes.length === 0
  if (context?.type !== 'VariableDeclarator' || contextKey !== 'init' || context.id.type !== 'Identifier') return false
  const binding = roots.get(context.id.name)
  return binding?.declarator === context && binding.writes.length === 0
}

function factory(unit: Unit, edits: Edits, code: string): Part[] {
  const expression = expressionOf(unit, edits, code)
  const self = selfConstant(unit)
  unit.selfName = self
  const parameters = [...unit.captured.filter((name) => name !== self), ...(unit.usesArguments ? ['$tspargs'] : [])]
  const init = unit.init ? `${unit.init}();` : ''
  const early: Part[] = [
    `${unit.id}:[function(${parameters.join(',')}){${init}${self ? `const ${self}=` : 'return '}`,
    ...expression,
    self ? `;return ${self}}` : '}',
  ]
  const late = unit.captured.filter((name) => name !== self && mayCloseCycle(unit, unit.captures.get(name)!))
  if (late.length === 0) return [...early, '],\n']
  unit.late = late.map((name) => parameters.indexOf(name))
  const first = parameters.filter((name) => !late.includes(name))
  const set = late.map((name, index) => `${name}=$[${index}]`).join(';')
  return [
    ...early,
    `,function(${first.join(',')}){${init}let ${late.join(',')};${self ? `const ${self}=` : 'return['}`,
    ...expression,
    `${self ? `;return[${self}` : ''},$=>{${set}}]},${JSON.stringify(unit.late)}],\n`,
  ]
}

/** The function as an expression that keeps its name. */
function expressionOf(unit: Unit, edits: Edits, code: string): Part[] {
  const copy = edits.copy(unit.offset + unit.start, unit.offset + unit.end)
  let parts: Part[]
  if (unit.kind === 'objmethod') {
    const key = code.slice(unit.offset + unit.property!.key.start, unit.offset + unit.property!.key.end)
    parts = ['({', ...copy, `})${memberAccess(unit, key)}`]
  } else if (needsName(unit)) {
    const name = JSON.stringify(unit.name)
    parts = [`({${name}:`, ...copy, `})[${name}]`]
  } else parts = ['(', ...copy, ')']
  return unit.usesArguments ? ['(function(){return ', ...parts, '}).apply(this,$tspargs)'] : parts
}

/** `const fact = n => … fact(n - 1)`: the name is bound inside the factory. */
function selfConstant(unit: Unit): string | undefined {
  const { context, contextKey } = unit
  if (context?.type !== 'VariableDeclarator' || contextKey !== 'init' || context.id.type !== 'Identifier') return undefined
  const binding = unit.captures.get(context.id.name)
  return binding && binding.declarator === context && binding.writes.length === 0 ? binding.name : undefined
}

/** Whether the captured value may not have existed yet when the function was made: every cycle of closures has such an edge. */
function mayCloseCycle(unit: Unit, binding: Binding): boolean {
  const born = unit.kind === 'decl' && unit.declaredIn!.block ? unit.declaredIn!.block.start : unit.start
  if (binding.kind === 'fn' || binding.writes.some(({ write }) => write !== 2)) return true
  return binding.initEnd > born && binding.kind !== 'param' && binding.kind !== 'catch'
}
