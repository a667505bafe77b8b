/** A node of acorn's tree; its members differ by type, and the analysis asks for each by name. */
export interface AstNode {
  type: string
  start: number
  end: number
  // biome-ignore lint/suspicious/noExplicitAny: ESTree has some 80 shapes of node
  [member: string]: any
}
