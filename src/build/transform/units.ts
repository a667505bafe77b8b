import type { AstNode } from './ast.js'

/** A loop and the loops around it. */
export interface Loop {
  readonly node: AstNode
  readonly parent: Loop | undefined
}

/** An occurrence of a name. write: 0 reads, 1 assigns, 2 updates (`+=`, `++`), 3 assigns if unset (`??=`). */
export interface Reference {
  readonly name: string
  readonly node: AstNode
  readonly unit: Unit | undefined
  readonly write: 0 | 1 | 2 | 3
  readonly loop: Loop | undefined
  binding?: Binding
}

export type BindingKind = 'var' | 'let' | 'const' | 'param' | 'fn' | 'class' | 'fname' | 'cname' | 'catch' | 'import'

/** A declared name. */
export interface Binding {
  readonly name: string
  kind: BindingKind
  readonly scope: Scope
  readonly node: AstNode
  readonly writes: Reference[]
  readonly references: Reference[]
  /** where its declaration ends: before that it may not be initialised */
  initEnd: number
  readonly loop: Loop | undefined
  /** its declarator, if it has one */
  declarator?: AstNode
  /** the function or class it declares */
  unit?: Unit
}

/** A scope while it is open: references that its bindings satisfy are resolved when it closes, the rest go outwards. */
export class Scope {
  readonly bindings = new Map<string, Binding>()
  references: Reference[] = []
  privates: Set<string> | undefined
  /** its block, where declared functions are marked at its entry */
  block: AstNode | undefined

  constructor(
    readonly parent: Scope | undefined,
    readonly unit: Unit | undefined,
    readonly isFunction: boolean,
    readonly isBody = false,
  ) {}
}

export type UnitKind = 'arrow' | 'fn' | 'decl' | 'class' | 'method' | 'objmethod'

/** A function or class, and the variables of enclosing functions and blocks that it uses. */
export class Unit {
  id = -1
  /** where its chunk begins in the bundle */
  offset = 0
  /** `init_x` of a module that is loaded by import() */
  init: string | undefined
  name = ''
  start: number
  end: number
  readonly captures = new Map<string, Binding>()
  readonly captureWrites: Reference[] = []
  usesThis = false
  usesArguments = false
  /** why it cannot be shipped */
  problem: string | undefined
  readonly privates = new Set<string>()
  hasPrivateMembers = false
  immediatelyInvoked = false
  /** what it is written in */
  context: AstNode | undefined
  contextKey: string | undefined
  declared: Binding | undefined
  declaredIn: Scope | undefined
  /** class member */
  memberOf: Unit | undefined
  memberName: string | undefined
  memberKind: 'method' | 'get' | 'set' | 'constructor' | 'init' | undefined
  isStatic = false
  property: AstNode | undefined
  /** captures that may close a cycle, as indexes into the factory's parameters */
  late: number[] | undefined
  selfName: string | undefined

  constructor(
    readonly node: AstNode,
    readonly kind: UnitKind,
    readonly parent: Unit | undefined,
  ) {
    this.start = node.start
    this.end = node.end
  }

  get isCapturing(): boolean {
    return this.captures.size > 0 || this.usesThis || this.usesArguments
  }

  get captured(): string[] {
    return [...this.captures.keys()]
  }

  isWithin(other: Unit): boolean {
    for (let unit: Unit | undefined = this; unit; unit = unit.parent) if (unit === other) return true
    return false
  }
}
