import type { Unit } from './units.js'

/** A method of an object literal that can stand alone. */
export function isPlainMethod(unit: Unit): boolean {
  return unit.memberKind === 'init' && unit.memberName !== undefined && unit.memberName !== '__proto__'
}

export function memberAccess(unit: Unit, key: string): string {
  return unit.property!.key.type === 'Identifier' ? `.${key}` : `[${key}]`
}

/** Whether an anonymous function has its name from where it stands. */
export function needsName(unit: Unit): boolean {
  const place = unit.context?.type
  const naming =
    place === 'VariableDeclarator' ||
    place === 'Property' ||
    place === 'AssignmentExpression' ||
    place === 'AssignmentPattern' ||
    place === 'PropertyDefinition'
  return naming && !unit.node.id && unit.name !== '' && unit.name !== '__proto__'
}
