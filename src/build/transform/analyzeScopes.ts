import type { AstNode } from './ast.js'
import { type Binding, type BindingKind, type Loop, type Reference, Scope, Unit, type UnitKind } from './units.js'

export interface MethodCall {
  readonly node: AstNode
  readonly unit: Unit | undefined
  readonly loop: Loop | undefined
}

/** What is known of one module of the bundle. Positions count from the beginning of its text. */
export interface Analysis {
  readonly units: Unit[]
  readonly top: Map<string, Binding>
  /** names that are bound nowhere in the module */
  readonly unresolved: Map<string, Reference[]>
  readonly calls: MethodCall[]
  readonly metaProperties: AstNode[]
  readonly dynamicImports: AstNode[]
  readonly evals: AstNode[]
  readonly isCommonJs: boolean
  readonly init: string | undefined
}

/**
 * Finds every function and class of a module and the variables of enclosing functions and blocks that each uses. One
 * walk: a reference lies on the scope where it stands; when a scope closes, its bindings take theirs and the rest move
 * outwards, so hoisting comes out right by itself. A resolved reference is a capture of all units in between.
 */
export function analyzeScopes(program: AstNode): Analysis {
  return new ScopeWalk().run(program)
}

/** Whose `this` and `arguments` are meant. */
interface ThisOwner {
  readonly unit: Unit | undefined
  readonly isModule: boolean
  readonly arguments: Unit | undefined
}

const SKIPPED = new Set(['type', 'start', 'end', 'range', 'loc', 'raw', 'regex', 'bigint', 'binding', 'unit'])
const LOGICAL_ASSIGNMENT = /^(\?\?=|\|\|=|&&=)$/

class ScopeWalk {
  readonly #units: Unit[] = []
  readonly #top = new Scope(undefined, undefined, true)
  readonly #calls: MethodCall[] = []
  readonly #metas: AstNode[] = []
  readonly #evals: AstNode[] = []
  readonly #imports: AstNode[] = []
  #scope = this.#top
  #unit: Unit | undefined
  #loop: Loop | undefined
  #owner: ThisOwner = { unit: undefined, isModule: true, arguments: undefined }
  #isCommonJs = false
  #init: string | undefined

  run(program: AstNode): Analysis {
    for (const statement of program.body) this.#visit(statement, program, 'body')
    const unresolved = new Map<string, Reference[]>()
    for (const reference of this.#top.references) {
      const binding = this.#top.bindings.get(reference.name)
      if (binding) this.#bind(reference, binding)
      else unresolved.set(reference.name, [...(unresolved.get(reference.name) ?? []), reference])
    }
    this.#units.sort((a, b) => a.start - b.start || b.end - a.end)
    return {
      units: this.#units,
      top: this.#top.bindings,
      unresolved,
      calls: this.#calls,
      metaProperties: this.#metas,
      dynamicImports: this.#imports,
      evals: this.#evals,
      isCommonJs: this.#isCommonJs,
      init: this.#init,
    }
  }

  // --- scopes

  #within(walk: (scope: Scope) => void, isFunction = false, isBody = false): void {
    const scope = new Scope(this.#scope, this.#unit, isFunction, isBody)
    this.#scope = scope
    walk(scope)
    for (const reference of scope.references) {
      const binding = scope.bindings.get(reference.name)
      if (binding) this.#bind(reference, binding)
      else scope.parent!.references.push(reference)
    }
    this.#scope = scope.parent!
  }

  #bind(reference: Reference, binding: Binding): void {
    reference.binding = binding
    reference.node.binding = binding
    binding.references.push(reference)
    if (reference.write) binding.writes.push(reference)
    if (binding.scope === this.#top) return
    for (let unit = reference.unit; unit !== binding.scope.unit; unit = unit.parent) {
      if (!unit) throw new Error(`the binding of '${reference.name}' is not outside of its use`)
      if (!unit.captures.has(reference.name)) unit.captures.set(reference.name, binding)
      if (reference.write) unit.captureWrites.push(reference)
    }
  }

  #declare(node: AstNode, kind: BindingKind, extra: Partial<Binding> = {}): Binding {
    let scope = this.#scope
    if (kind === 'var') while (!scope.isFunction) scope = scope.parent!
    // `var x` and `function x` in a body whose parameters already have an x are that x
    const parameter = (kind === 'var' || kind === 'fn') && scope.isBody ? scope.parent!.bindings.get(node.name) : undefined
    if (parameter) {
      if (kind === 'fn') parameter.kind = 'fn'
      node.binding = parameter
      return parameter
    }
    let binding = scope.bindings.get(node.name)
    if (!binding) {
      binding = { name: node.name, kind, scope, node, writes: [], references: [], initEnd: node.end, loop: this.#loop, ...extra }
      scope.bindings.set(node.name, binding)
    }
    node.binding = binding
    return binding
  }

  #refer(node: AstNode, write: Reference['write'] = 0): void {
    this.#scope.references.push({ name: node.name, node, unit: this.#unit, write, loop: this.#loop })
  }

  /** A target of declarations (`kind`) or assignments. */
  #pattern(node: AstNode | null, kind: BindingKind | undefined, extra?: Partial<Binding>): void {
    if (!node) return
    switch (node.type) {
      case 'Identifier':
        if (kind) this.#declare(node, kind, extra)
        else this.#refer(node, 1)
        break
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') this.#pattern(property.argument, kind, extra)
          else {
            if (property.computed) this.#visit(property.key, property, 'key')
            this.#pattern(property.value, kind, extra)
          }
        }
        break
      case 'ArrayPattern':
        for (const element of node.elements) this.#pattern(element, kind, extra)
        break
      case 'RestElement':
        this.#pattern(node.argument, kind, extra)
        break
      case 'AssignmentPattern':
        this.#pattern(node.left, kind, extra)
        this.#visit(node.right, node, 'right')
        break
      default:
        this.#visit(node, undefined, undefined)
    }
  }

  // --- functions and classes

  #newUnit(node: AstNode, kind: UnitKind): Unit {
    const unit = new Unit(node, kind, this.#unit)
    node.unit = unit
    this.#units.push(unit)
    return unit
  }

  #function(node: AstNode, kind: UnitKind): Unit {
    const unit = this.#newUnit(node, kind)
    if (node.type === 'FunctionDeclaration' && node.id) {
      const binding = this.#declare(node.id, 'fn')
      binding.unit = unit
      unit.declared = binding
      unit.declaredIn = this.#scope
      unit.name = node.id.name
    }
    const [savedUnit, savedOwner, savedLoop] = [this.#unit, this.#owner, this.#loop]
    this.#unit = unit
    this.#loop = undefined
    const parts = (): void =>
      this.#within(() => {
        if (node.type !== 'ArrowFunctionExpression') this.#owner = { unit, isModule: false, arguments: unit }
        for (const parameter of node.params) this.#pattern(parameter, 'param')
        if (node.body.type !== 'BlockStatement') return this.#visit(node.body, node, 'body')
        this.#within(
          (scope) => {
            scope.block = node.body
            for (const statement of node.body.body) this.#visit(statement, node.body, 'body')
          },
          true,
          true,
        )
      }, true)
    if (node.type === 'FunctionExpression' && node.id) {
      unit.name = node.id.name
      this.#within(() => {
        this.#declare(node.id, 'fname')
        parts()
      })
    } else parts()
    this.#unit = savedUnit
    this.#owner = savedOwner
    this.#loop = savedLoop
    return unit
  }

  #class(node: AstNode): Unit {
    const unit = this.#newUnit(node, 'class')
    if (node.id) {
      unit.name = node.id.name
      if (node.type === 'ClassDeclaration') {
        const binding = this.#declare(node.id, 'class', { initEnd: node.end })
        binding.unit = unit
        unit.declared = binding
      }
    }
    const [savedUnit, savedOwner, savedLoop] = [this.#unit, this.#owner, this.#loop]
    this.#unit = unit
    this.#loop = undefined
    this.#within((scope) => {
      if (node.id) this.#declare(node.id, 'cname')
      scope.privates = new Set()
      for (const member of node.body.body) {
        if (member.key?.type !== 'PrivateIdentifier') continue
        scope.privates.add(member.key.name)
        unit.hasPrivateMembers = true
      }
      if (node.superClass) this.#visit(node.superClass, node, 'superClass')
      for (const member of node.body.body) this.#member(unit, member)
    })
    this.#unit = savedUnit
    this.#owner = savedOwner
    this.#loop = savedLoop
    return unit
  }

  #member(unit: Unit, member: AstNode): void {
    const header = this.#owner
    if (member.type === 'StaticBlock') {
      this.#owner = { unit, isModule: false, arguments: undefined }
      this.#within(
        () => {
          for (const statement of member.body) this.#visit(statement, member, 'body')
        },
        true,
        false,
      )
      this.#owner = header
      return
    }
    if (member.computed) this.#visit(member.key, member, 'key')
    if (member.type === 'MethodDefinition') {
      const method = this.#function(member.value, 'method')
      method.memberOf = unit
      method.memberName = !member.computed && member.key.type !== 'PrivateIdentifier' ? nameOf(member.key) : undefined
      method.isStatic = member.static
      method.memberKind = member.kind
      method.name = method.memberName ?? ''
    } else if (member.value) {
      this.#owner = { unit, isModule: false, arguments: undefined }
      this.#within(() => this.#visit(member.value, member, 'value'), true)
      this.#owner = header
    }
  }

  #objectMethod(node: AstNode): void {
    const unit = this.#function(node.value, 'objmethod')
    unit.property = node
    unit.memberKind = node.method ? 'init' : node.kind
    unit.memberName = node.computed ? undefined : nameOf(node.key)
    unit.name = unit.memberName ?? ''
    unit.start = node.start
    unit.end = node.end
  }

  // --- this, arguments, private names

  #useThis(): void {
    if (this.#owner.isModule) return
    for (let unit = this.#unit; unit && unit !== this.#owner.unit; unit = unit.parent) unit.usesThis = true
  }

  #useArguments(node: AstNode): void {
    const owner = this.#owner.arguments
    if (!owner) return this.#refer(node)
    for (let unit = this.#unit; unit && unit !== owner; unit = unit.parent) unit.usesArguments = true
  }

  #spoil(problem: string): void {
    for (let unit = this.#unit; unit && unit !== this.#owner.unit; unit = unit.parent) unit.problem ??= problem
  }

  #usePrivate(node: AstNode): void {
    let scope: Scope | undefined = this.#scope
    while (scope && !scope.privates?.has(node.name)) scope = scope.parent
    for (let unit = this.#unit; unit && unit !== scope?.unit; unit = unit.parent) unit.privates.add(`#${node.name}`)
  }

  #inLoop(node: AstNode, walk: () => void): void {
    const saved = this.#loop
    this.#loop = { node, parent: saved }
    walk()
    this.#loop = saved
  }

  // --- the walk

  #visit(node: AstNode | null | undefined, parent: AstNode | undefined, key: string | undefined): void {
    if (!node) return
    switch (node.type) {
      case 'Identifier':
        if (node.name === 'arguments') this.#useArguments(node)
        else this.#refer(node)
        return
      case 'ThisExpression':
        return this.#useThis()
      case 'Super':
        this.#useThis()
        this.#spoil('super')
        if (this.#owner.unit?.kind === 'objmethod') this.#owner.unit.problem ??= 'super'
        return
      case 'MetaProperty':
        if (node.meta.name === 'new') this.#spoil('new.target')
        else this.#metas.push(node)
        return
      case 'PrivateIdentifier':
        return this.#usePrivate(node)
      case 'FunctionDeclaration':
        this.#function(node, 'decl')
        return
      case 'FunctionExpression':
      case 'ArrowFunctionExpression': {
        const unit = this.#function(node, node.type === 'FunctionExpression' ? 'fn' : 'arrow')
        this.#place(unit, parent, key)
        unit.immediatelyInvoked = parent?.type === 'CallExpression' && key === 'callee'
        return
      }
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#place(this.#class(node), parent, key)
        return
      case 'VariableDeclaration':
        for (const declarator of node.declarations) {
          const kind = node.kind === 'using' || node.kind === 'await using' ? 'const' : node.kind
          this.#pattern(declarator.id, kind, { initEnd: declarator.end, declarator })
          this.#visit(declarator.init, declarator, 'init')
        }
        return
      case 'BlockStatement':
        return this.#within((scope) => {
          scope.block = node
          for (const statement of node.body) this.#visit(statement, node, 'body')
        })
      case 'SwitchStatement':
        this.#visit(node.discriminant, node, 'discriminant')
        return this.#within(() => {
          for (const branch of node.cases) {
            this.#visit(branch.test, branch, 'test')
            for (const statement of branch.consequent) this.#visit(statement, branch, 'consequent')
          }
        })
      case 'ForStatement':
        return this.#within(() => {
          this.#visit(node.init, node, 'init')
          this.#inLoop(node, () => {
            this.#visit(node.test, node, 'test')
            this.#visit(node.update, node, 'update')
            this.#visit(node.body, node, 'body')
          })
        })
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#visit(node.right, node, 'right')
        return this.#within(() =>
          this.#inLoop(node, () => {
            if (node.left.type === 'VariableDeclaration') this.#visit(node.left, node, 'left')
            else this.#pattern(node.left, undefined)
            this.#visit(node.body, node, 'body')
          }),
        )
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#inLoop(node, () => {
          this.#visit(node.test, node, 'test')
          this.#visit(node.body, node, 'body')
        })
      case 'CatchClause':
        return this.#within(() => {
          this.#pattern(node.param, 'catch')
          this.#visit(node.body, node, 'body')
        })
      case 'LabeledStatement':
        return this.#visit(node.body, node, 'body')
      case 'BreakStatement':
      case 'ContinueStatement':
        return
      case 'AssignmentExpression':
        return this.#assignment(node)
      case 'UpdateExpression':
        if (node.argument.type === 'Identifier') {
          this.#refer(node.argument)
          this.#refer(node.argument, 2)
        } else this.#visit(node.argument, node, 'argument')
        return
      case 'MemberExpression':
        this.#visit(node.object, node, 'object')
        if (node.computed || node.property.type === 'PrivateIdentifier') this.#visit(node.property, node, 'property')
        return
      case 'Property':
        if (node.computed) this.#visit(node.key, node, 'key')
        if ((node.method || node.kind !== 'init') && node.value.type === 'FunctionExpression') this.#objectMethod(node)
        else this.#visit(node.value, node, 'value')
        return
      case 'CallExpression':
      case 'NewExpression':
        return this.#call(node, parent)
      case 'ImportExpression':
        this.#imports.push(node)
        this.#visit(node.source, node, 'source')
        this.#visit(node.options, node, 'options')
        return
      case 'ImportDeclaration':
        for (const specifier of node.specifiers) this.#declare(specifier.local, 'import')
        return
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration, node, 'declaration')
        else if (!node.source) for (const specifier of node.specifiers) this.#refer(specifier.local)
        return
      case 'ExportDefaultDeclaration':
        return this.#visit(node.declaration, node, 'declaration')
      case 'ExportAllDeclaration':
        return
      default:
        this.#children(node)
    }
  }

  #children(node: AstNode): void {
    for (const key in node) {
      if (SKIPPED.has(key)) continue
      const value: unknown = node[key]
      if (Array.isArray(value)) {
        for (const each of value) if (typeof each?.type === 'string') this.#visit(each, node, key)
      } else if (typeof (value as AstNode | null)?.type === 'string') this.#visit(value as AstNode, node, key)
    }
  }

  #place(unit: Unit, parent: AstNode | undefined, key: string | undefined): void {
    unit.context = parent
    unit.contextKey = key
    unit.name ||= nameFromContext(parent, key) ?? ''
  }

  #assignment(node: AstNode): void {
    if (node.left.type === 'Identifier') {
      if (node.operator !== '=') this.#refer(node.left)
      this.#refer(node.left, node.operator === '=' ? 1 : LOGICAL_ASSIGNMENT.test(node.operator) ? 3 : 2)
    } else if (node.left.type === 'MemberExpression') this.#visit(node.left, node, 'left')
    else this.#pattern(node.left, undefined)
    this.#visit(node.right, node, 'right')
  }

  #call(node: AstNode, parent: AstNode | undefined): void {
    this.#visit(node.callee, node, 'callee')
    const { callee } = node
    if (!this.#unit && callee.type === 'Identifier' && /^__(esm|commonJS)/.test(callee.name) && node.arguments[0]?.type === 'ObjectExpression') {
      return this.#wrapper(node.arguments[0], callee.name, parent)
    }
    for (const argument of node.arguments) this.#visit(argument, node, 'arguments')
    if (node.type !== 'CallExpression') return
    if (callee.type === 'MemberExpression' && !callee.computed) this.#calls.push({ node, unit: this.#unit, loop: this.#loop })
    else if (callee.type === 'Identifier' && callee.name === 'eval') this.#evals.push(node)
  }

  /**
   * esbuild's `__esm({ "file"() {…} })` and `__commonJS(…)`: no function of the user's, its body is module level. Of the
   * first kind esbuild has moved the declarations out; of the second they stay inside, so they are captured by value.
   */
  #wrapper(modules: AstNode, helper: string, declarator: AstNode | undefined): void {
    if (helper.startsWith('__esm') && declarator?.id?.type === 'Identifier') this.#init = declarator.id.name
    if (helper.startsWith('__commonJS')) this.#isCommonJs = true
    for (const { value } of modules.properties) {
      this.#within(() => {
        for (const parameter of value.params) this.#pattern(parameter, 'param')
        if (value.body.type === 'BlockStatement') for (const statement of value.body.body) this.#visit(statement, value.body, 'body')
        else this.#visit(value.body, value, 'body')
      }, true)
    }
  }
}

function nameOf(key: AstNode): string {
  return key.name ?? String(key.value)
}

/** The name a function gets from where it is written. */
function nameFromContext(parent: AstNode | undefined, key: string | undefined): string | undefined {
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
