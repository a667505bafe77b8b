import type { AstNode } from './ast.js'

/** `??=`, `||=` and `&&=`: they assign only sometimes. */
export const LOGICAL_ASSIGNMENT = /^(\?\?=|\|\|=|&&=)$/

/** A member's or property's name. */
export function nameOf(key: AstNode): string {
  return key.name ?? String(key.value)
}

/** The name a function gets from where it is written. */
export function nameFromContext(parent: AstNode | undefined, key: string | undefined): string | undefined {
  if (!parent) return undefined
  if (parent.type === 'VariableDeclarator' && key === 'init' && parent.id.type === 'Identifier') return parent.id.name
  if (
    parent.type === 'AssignmentExpression' &&
    key === 'right' &&
    parent.left.type === 'Identifier' &&
    (parent.operator === '=' || LOGICAL_ASSIGNMENT.test(parent.operator))
  ) {
    return parent.left.name
  }
  if (parent.type === 'AssignmentPattern' && key === 'right' && parent.left.type === 'Identifier') return parent.left.name
  const isMember = (parent.type === 'Property' || parent.type === 'PropertyDefinition') && key === 'value'
  return isMember && !parent.computed && parent.key.type !== 'PrivateIdentifier' ? nameOf(parent.key) : undefined
}
