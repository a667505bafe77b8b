import type { AstNode } from './ast.js'
import { type Binding, type BindingKind, type Loop, type Reference, Scope, type Unit } from './units.js'

/** Whose `this` and `arguments` are meant. */
interface ThisOwner {
  readonly unit: Unit | undefined
  readonly isModule: boolean
  readonly arguments: Unit | undefined
}

/** Where the walk over a module is: the open scopes, the function it is in, its loop, and whose `this` is meant there. */
export class ScopeStack {
  readonly #top = new Scope(undefined, undefined, true)
  #scope = this.#top
  #unit: Unit | undefined
  #loop: Loop | undefined
  #owner: ThisOwner = { unit: undefined, isModule: true, arguments: undefined }

  get scope(): Scope {
    return this.#scope
  }

  get unit(): Unit | undefined {
    return this.#unit
  }

  get loop(): Loop | undefined {
    return this.#loop
  }

  get owner(): ThisOwner {
    return this.#owner
  }

  /** The bindings of the module. */
  get top(): Map<string, Binding> {
    return this.#top.bindings
  }

  /** The walk is over: gives the references that are bound nowhere in the module. */
  close(): Map<string, Reference[]> {
    const unresolved = new Map<string, Reference[]>()
    for (const reference of this.#top.references) {
      const binding = this.#top.bindings.get(reference.name)
      if (binding) this.#bind(reference, binding)
      else unresolved.set(reference.name, [...(unresolved.get(reference.name) ?? []), reference])
    }
    return unresolved
  }

  // --- going in

  within(walk: (scope: Scope) => void, isFunction = false, isBody = false): void {
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

  /** Into a function or class. */
  withinUnit(unit: Unit, walk: () => void): void {
    const [savedUnit, savedOwner, savedLoop] = [this.#unit, this.#owner, this.#loop]
    this.#unit = unit
    this.#loop = undefined
    walk()
    this.#unit = savedUnit
    this.#owner = savedOwner
    this.#loop = savedLoop
  }

  /** `this` is the unit's from here on, until the unit around it is left; `arguments` too, if the unit is a function. */
  own(unit: Unit): void {
    this.#owner = { unit, isModule: false, arguments: unit.kind === 'class' ? undefined : unit }
  }

  /** Into a part of a class that is evaluated with the class itself as `this`. */
  withinInitializer(unit: Unit, walk: (scope: Scope) => void): void {
    const saved = this.#owner
    this.own(unit)
    this.within(walk, true)
    this.#owner = saved
  }

  withinLoop(node: AstNode, walk: () => void): void {
    const saved = this.#loop
    this.#loop = { node, parent: saved }
    walk()
    this.#loop = saved
  }

  // --- names

  declare(node: AstNode, kind: BindingKind, extra: Partial<Binding> = {}): Binding {
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

  refer(node: AstNode, write: Reference['write'] = 0): void {
    this.#scope.references.push({ name: node.name, node, unit: this.#unit, write, loop: this.#loop })
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

  // --- this, arguments, private names

  useThis(): void {
    if (this.#owner.isModule) return
    for (let unit = this.#unit; unit && unit !== this.#owner.unit; unit = unit.parent) unit.usesThis = true
  }

  useArguments(node: AstNode): void {
    const owner = this.#owner.arguments
    if (!owner) return this.refer(node)
    for (let unit = this.#unit; unit && unit !== owner; unit = unit.parent) unit.usesArguments = true
  }

  spoil(problem: string): void {
    for (let unit = this.#unit; unit && unit !== this.#owner.unit; unit = unit.parent) unit.problem ??= problem
  }

  usePrivate(node: AstNode): void {
    let scope: Scope | undefined = this.#scope
    while (scope && !scope.privates?.has(node.name)) scope = scope.parent
    for (let unit = this.#unit; unit && unit !== scope?.unit; unit = unit.parent) unit.privates.add(`#${node.name}`)
  }
}
