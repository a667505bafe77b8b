import type { AstNode } from './ast.js'
import { LOGICAL_ASSIGNMENT, nameFromContext, nameOf } from './functionName.js'
import { ScopeStack } from './scopeStack.js'
import { type Binding, type BindingKind, type Loop, type Reference, Unit, type UnitKind } from './units.js'

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

const SKIPPED = new Set(['type', 'start', 'end', 'range', 'loc', 'raw', 'regex', 'bigint', 'binding', 'unit'])

class ScopeWalk {
  readonly #units: Unit[] = []
  readonly #at = new ScopeStack()
  readonly #calls: MethodCall[] = []
  readonly #metas: AstNode[] = []
  readonly #evals: AstNode[] = []
  readonly #imports: AstNode[] = []
  #isCommonJs = false
  #init: string | undefined

  run(program: AstNode): Analysis {
    for (const statement of program.body) this.#visit(statement, program, 'body')
    const unresolved = this.#at.close()
    this.#units.sort((a, b) => a.start - b.start || b.end - a.end)
    return {
      units: this.#units,
      top: this.#at.top,
      unresolved,
      calls: this.#calls,
      metaProperties: this.#metas,
      dynamicImports: this.#imports,
      evals: this.#evals,
      isCommonJs: this.#isCommonJs,
      init: this.#init,
    }
  }

  /** A target of declarations (`kind`) or assignments. */
  #pattern(node: AstNode | null, kind: BindingKind | undefined, extra?: Partial<Binding>): void {
    if (!node) return
    switch (node.type) {
      case 'Identifier':
        if (kind) this.#at.declare(node, kind, extra)
        else this.#at.refer(node, 1)
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
    const unit = new Unit(node, kind, this.#at.unit)
    node.unit = unit
    this.#units.push(unit)
    return unit
  }

  #function(node: AstNode, kind: UnitKind): Unit {
    const unit = this.#newUnit(node, kind)
    if (node.type === 'FunctionDeclaration' && node.id) {
      const binding = this.#at.declare(node.id, 'fn')
      binding.unit = unit
      unit.declared = binding
      unit.declaredIn = this.#at.scope
      unit.name = node.id.name
    }
    const parts = (): void =>
      this.#at.within(() => {
        if (node.type !== 'ArrowFunctionExpression') this.#at.own(unit)
        for (const parameter of node.params) this.#pattern(parameter, 'param')
        if (node.body.type !== 'BlockStatement') return this.#visit(node.body, node, 'body')
        this.#at.within(
          (scope) => {
            scope.block = node.body
            for (const statement of node.body.body) this.#visit(statement, node.body, 'body')
          },
          true,
          true,
        )
      }, true)
    this.#at.withinUnit(unit, () => {
      if (node.type !== 'FunctionExpression' || !node.id) return parts()
      unit.name = node.id.name
      this.#at.within(() => {
        this.#at.declare(node.id, 'fname')
        parts()
      })
    })
    return unit
  }

  #class(node: AstNode): Unit {
    const unit = this.#newUnit(node, 'class')
    if (node.id) {
      unit.name = node.id.name
      if (node.type === 'ClassDeclaration') {
        const binding = this.#at.declare(node.id, 'class', { initEnd: node.end })
        binding.unit = unit
        unit.declared = binding
      }
    }
    this.#at.withinUnit(unit, () =>
      this.#at.within((scope) => {
        if (node.id) this.#at.declare(node.id, 'cname')
        scope.privates = new Set()
        for (const member of node.body.body) {
          if (member.key?.type !== 'PrivateIdentifier') continue
          scope.privates.add(member.key.name)
          unit.hasPrivateMembers = true
        }
        if (node.superClass) this.#visit(node.superClass, node, 'superClass')
        for (const member of node.body.body) this.#member(unit, member)
      }),
    )
    return unit
  }

  #member(unit: Unit, member: AstNode): void {
    if (member.type === 'StaticBlock') {
      return this.#at.withinInitializer(unit, () => {
        for (const statement of member.body) this.#visit(statement, member, 'body')
      })
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
      this.#at.withinInitializer(unit, () => this.#visit(member.value, member, 'value'))
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

  // --- the walk

  #visit(node: AstNode | null | undefined, parent: AstNode | undefined, key: string | undefined): void {
    if (!node) return
    switch (node.type) {
      case 'Identifier':
        if (node.name === 'arguments') this.#at.useArguments(node)
        else this.#at.refer(node)
        return
      case 'ThisExpression':
        return this.#at.useThis()
      case 'Super':
        this.#at.useThis()
        this.#at.spoil('super')
        if (this.#at.owner.unit?.kind === 'objmethod') this.#at.owner.unit.problem ??= 'super'
        return
      case 'MetaProperty':
        if (node.meta.name === 'new') this.#at.spoil('new.target')
        else this.#metas.push(node)
        return
      case 'PrivateIdentifier':
        return this.#at.usePrivate(node)
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
        return this.#at.within((scope) => {
          scope.block = node
          for (const statement of node.body) this.#visit(statement, node, 'body')
        })
      case 'SwitchStatement':
        this.#visit(node.discriminant, node, 'discriminant')
        return this.#at.within(() => {
          for (const branch of node.cases) {
            this.#visit(branch.test, branch, 'test')
            for (const statement of branch.consequent) this.#visit(statement, branch, 'consequent')
          }
        })
      case 'ForStatement':
        return this.#at.within(() => {
          this.#visit(node.init, node, 'init')
          this.#at.withinLoop(node, () => {
            this.#visit(node.test, node, 'test')
            this.#visit(node.update, node, 'update')
            this.#visit(node.body, node, 'body')
          })
        })
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#visit(node.right, node, 'right')
        return this.#at.within(() =>
          this.#at.withinLoop(node, () => {
            if (node.left.type === 'VariableDeclaration') this.#visit(node.left, node, 'left')
            else this.#pattern(node.left, undefined)
            this.#visit(node.body, node, 'body')
          }),
        )
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#at.withinLoop(node, () => {
          this.#visit(node.test, node, 'test')
          this.#visit(node.body, node, 'body')
        })
      case 'CatchClause':
        return this.#at.within(() => {
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
          this.#at.refer(node.argument)
          this.#at.refer(node.argument, 2)
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
        for (const specifier of node.specifiers) this.#at.declare(specifier.local, 'import')
        return
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration, node, 'declaration')
        else if (!node.source) for (const specifier of node.specifiers) this.#at.refer(specifier.local)
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
      if (node.operator !== '=') this.#at.refer(node.left)
      this.#at.refer(node.left, node.operator === '=' ? 1 : LOGICAL_ASSIGNMENT.test(node.operator) ? 3 : 2)
    } else if (node.left.type === 'MemberExpression') this.#visit(node.left, node, 'left')
    else this.#pattern(node.left, undefined)
    this.#visit(node.right, node, 'right')
  }

  #call(node: AstNode, parent: AstNode | undefined): void {
    this.#visit(node.callee, node, 'callee')
    const { callee } = node
    if (!this.#at.unit && callee.type === 'Identifier' && /^__(esm|commonJS)/.test(callee.name) && node.arguments[0]?.type === 'ObjectExpression') {
      return this.#wrapper(node.arguments[0], callee.name, parent)
    }
    for (const argument of node.arguments) this.#visit(argument, node, 'arguments')
    if (node.type !== 'CallExpression') return
    if (callee.type === 'MemberExpression' && !callee.computed) this.#calls.push({ node, unit: this.#at.unit, loop: this.#at.loop })
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
      this.#at.within(() => {
        for (const parameter of value.params) this.#pattern(parameter, 'param')
        if (value.body.type === 'BlockStatement') for (const statement of value.body.body) this.#visit(statement, value.body, 'body')
        else this.#visit(value.body, value, 'body')
      }, true)
    }
  }
}
