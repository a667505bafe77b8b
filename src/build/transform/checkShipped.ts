import type { MethodCall } from './analyzeScopes.js'
import type { AstNode } from './ast.js'
import { type Diagnostic, locationOf } from './diagnostic.js'
import type { SourcePositions } from './sourcePositions.js'
import type { Module } from './transformBundle.js'
import { isTaskLocal } from './unitMeta.js'
import type { Binding, Loop, Reference, Unit } from './units.js'

const CONTEXT_TYPES = /^(SparkContext)$/
const RDD_TYPES = /^(RDD|RDDBarrier)$/
const RDD_SOURCES = new Set([
  'parallelize',
  'makeRDD',
  'range',
  'emptyRDD',
  'textFile',
  'wholeTextFiles',
  'binaryFiles',
  'binaryRecords',
  'objectFile',
  'union',
])
const ACTIONS = new Set(
  'collect collectAsMap count countByKey countByValue countApprox countApproxDistinct countByKeyApprox countByValueApprox first take takeOrdered takeSample top reduce fold aggregate treeReduce treeAggregate foreach foreachPartition forEachRecordAsync max min sum mean variance stdev stats histogram isEmpty lookup reduceByKeyLocally saveAsTextFile saveAsObjectFile toLocalIterator getNumPartitions toDebugString then catch finally unpersist randomSplit'.split(
    ' ',
  ),
)
/** Methods that nothing but an RDD has: what they are called on is one. */
const ONLY_RDD = new Set(
  'reduceByKey reduceByKeyLocally groupByKey aggregateByKey combineByKey foldByKey sortByKey flatMapValues mapPartitions mapPartitionsWithIndex foreachPartition zipWithIndex zipWithUniqueId cogroup leftOuterJoin rightOuterJoin fullOuterJoin repartitionAndSortWithinPartitions treeReduce treeAggregate subtractByKey forEachRecordAsync'.split(
    ' ',
  ),
)

type Kind = 'context' | 'rdd'

/**
 * Looks at the functions that are visibly passed to an RDD, and only at those, so that nothing right is ever refused:
 * what they assign, what of the driver they capture, what cannot be shipped.
 */
export function checkShipped(module: Module, positions: SourcePositions, diagnostics: Diagnostic[]): void {
  new ShippedCheck(module, positions, diagnostics).run()
}

class ShippedCheck {
  readonly #kinds = new Map<Binding, Kind | undefined>()
  readonly #checked = new Set<Unit>()
  readonly #contexts: ReadonlySet<Binding>

  constructor(
    readonly module: Module,
    readonly positions: SourcePositions,
    readonly diagnostics: Diagnostic[],
  ) {
    this.#contexts = contextParameters(module.program)
  }

  run(): void {
    for (const call of this.module.calls) {
      const method: string = call.node.callee.property.name
      if (!ONLY_RDD.has(method) && this.#kindOf(call.node.callee.object) !== 'rdd') continue
      for (const argument of call.node.arguments) {
        const unit = functionOf(argument)
        if (!unit || unit.kind === 'class' || this.#checked.has(unit)) continue
        this.#checked.add(unit)
        this.#check(unit, method, call)
      }
    }
  }

  // --- what is an RDD

  #kindOf(node: AstNode): Kind | undefined {
    if (node.type === 'Identifier') return node.binding && this.#bindingKind(node.binding)
    // ctx.sc of `defineJob(async ctx => …)`
    if (node.type === 'MemberExpression' && !node.computed && node.property.name === 'sc' && node.object.binding && this.#isJobContext(node.object.binding))
      return 'context'
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression' || node.callee.computed) return undefined
    const method: string = node.callee.property.name
    const receiver = this.#kindOf(node.callee.object)
    if (receiver === 'context') return RDD_SOURCES.has(method) ? 'rdd' : undefined
    if (receiver === 'rdd' || ONLY_RDD.has(method)) return ACTIONS.has(method) ? undefined : 'rdd'
    return undefined
  }

  #bindingKind(binding: Binding): Kind | undefined {
    if (this.#kinds.has(binding)) return this.#kinds.get(binding)
    this.#kinds.set(binding, undefined)
    const kind =
      this.#typeAnnotation(binding) ??
      (this.#contexts.has(binding) && binding.name !== '' ? this.#contextKind(binding) : undefined) ??
      this.#initialiser(binding)
    this.#kinds.set(binding, kind)
    return kind
  }

  /** The annotation is gone from the bundle but not from the source. */
  #typeAnnotation(binding: Binding): Kind | undefined {
    const type = /^[\p{ID_Continue}$]+\s*[?!]?\s*:\s*(?:\w+\.)?(\w+)/u.exec(this.positions.sourceText(this.#position(binding.node)))?.[1]
    if (type === undefined) return undefined
    return CONTEXT_TYPES.test(type) ? 'context' : RDD_TYPES.test(type) ? 'rdd' : undefined
  }

  #contextKind(binding: Binding): Kind | undefined {
    return binding.node.contextMember === 'sc' ? 'context' : undefined
  }

  #isJobContext(binding: Binding): boolean {
    return this.#contexts.has(binding) && binding.node.contextMember === undefined
  }

  #initialiser(binding: Binding): Kind | undefined {
    const { declarator } = binding
    if (!declarator?.init) return undefined
    if (declarator.id === binding.node) return this.#kindOf(declarator.init)
    // const { sc } = ctx
    const from: Binding | undefined = declarator.init.binding
    if (declarator.id.type !== 'ObjectPattern' || !from || !this.#isJobContext(from)) return undefined
    const property = declarator.id.properties.find((each: AstNode) => each.value === binding.node)
    return property?.key.name === 'sc' ? 'context' : undefined
  }

  // --- what is wrong

  #check(unit: Unit, method: string, call: MethodCall): void {
    for (const write of unit.captureWrites) this.#assignment(unit, write, method)
    if (unit.problem) {
      const hint = unit.problem === 'super' ? 'call this.method() or move the code to a function' : 'copy the value to a local const first'
      this.#tell('error', unit.start, `this function is passed to ${method}() but uses ${unit.problem}, which cannot be shipped to executors`, hint)
    }
    if (unit.privates.size > 0) {
      const names = [...unit.privates].join(', ')
      const hint = 'copy it to a local const before the call (members that are private in TypeScript only are fine)'
      this.#tell(
        'error',
        unit.start,
        `this function is passed to ${method}() but uses the private member ${names}, which cannot be used outside its class`,
        hint,
      )
    }
    for (const binding of unit.captures.values()) this.#capture(unit, binding, method, call)
    for (const [name, binding] of this.module.top) this.#moduleVariable(unit, name, binding, method)
  }

  #assignment(unit: Unit, write: Reference, method: string): void {
    if (isTaskLocal(write, unit, this.positions)) return
    const { node } = write.binding!
    const declared = locationOf(this.positions.place(this.#position(node)))
    const message = `'${this.#name(write.binding!)}' is assigned inside a function passed to ${method}(); the function runs in executors, so the driver's variable would never change`
    this.#tell(
      'error',
      write.node.start,
      message,
      `use sc.longAccumulator() to count, or give the value back and reduce() (declared at ${declared}); // tspark-local on the line allows a copy for each task`,
    )
  }

  #capture(unit: Unit, binding: Binding, method: string, call: MethodCall): void {
    const kind = this.#bindingKind(binding)
    if (kind) {
      const use = unit.captures.size > 0 ? firstUse(binding, unit) : undefined
      const what = kind === 'context' ? 'the SparkContext' : 'an RDD'
      const hint = kind === 'context' ? 'use sc in main only' : 'collect() it and broadcast() the result, or join() the two'
      this.#tell(
        'error',
        use ?? unit.start,
        `'${this.#name(binding)}' is ${what} and is captured by a function passed to ${method}(); it exists in the driver only`,
        hint,
      )
    } else if (binding.writes.length > 0 && !unit.captureWrites.some((write) => write.binding === binding)) {
      const later = binding.writes.find((write) => write.node.start > unit.end && !shareLoop(write.loop, call.loop, binding))
      if (later) {
        this.#tell(
          'warning',
          later.node.start,
          `'${this.#name(binding)}' is assigned after the function passed to ${method}() captured it; the function keeps the value it had at the call`,
          'use a new const',
        )
      }
    }
  }

  #moduleVariable(unit: Unit, name: string, binding: Binding, method: string): void {
    if (binding.writes.length === 0) return
    const inside = binding.references.filter((reference) => reference.unit?.isWithin(unit))
    if (inside.length === 0) return
    const update = inside.find((reference) => reference.write === 2)
    if (update) {
      this.#tell(
        'warning',
        update.node.start,
        `module-level '${name}' is updated inside a function passed to ${method}(); each executor slot has its own copy`,
        'use an accumulator',
      )
    } else if (!inside.some((reference) => reference.write)) {
      const elsewhere = binding.writes.find((write) => write.unit && !write.unit.isWithin(unit) && write.write !== 3)
      if (!elsewhere) return
      const at = locationOf(this.positions.place(this.#position(elsewhere.node)))
      const message = `module-level '${name}' is read by a function passed to ${method}() but assigned at ${at}, which runs in the driver only; executors see its initial value`
      this.#tell('warning', inside[0]!.node.start, message, 'copy it to a local const before the call')
    }
  }

  #tell(severity: Diagnostic['severity'], start: number, message: string, hint: string): void {
    this.diagnostics.push({ severity, message, hint, ...this.positions.place(this.module.chunk.start + start) })
  }

  #position(node: AstNode): number {
    return this.module.chunk.start + node.start
  }

  #name(binding: Binding): string {
    return this.positions.nameAt(this.#position(binding.node), binding.name)
  }
}

/** The function that an argument is, written out or by its name. */
function functionOf(argument: AstNode): Unit | undefined {
  if (argument.type !== 'Identifier') return argument.unit
  const binding: Binding | undefined = argument.binding
  if (!binding) return undefined
  if (binding.unit) return binding.unit
  if (binding.writes.length > 0 || binding.declarator?.id !== binding.node) return undefined
  return binding.declarator.init?.unit
}

/** Names that stand for the parameter of the job's main, or for members of it when it is taken apart. */
function contextParameters(program: AstNode): Set<Binding> {
  const found = new Set<Binding>()
  const main = mainFunction(program)
  const parameter: AstNode | undefined = main?.params?.[0]
  if (parameter?.type === 'Identifier') found.add(parameter.binding)
  if (parameter?.type === 'ObjectPattern') {
    for (const property of parameter.properties) {
      if (property.type !== 'Property' || property.value.type !== 'Identifier') continue
      property.value.contextMember = property.key.name
      found.add(property.value.binding)
    }
  }
  return found
}

/** The default export, also inside defineJob(…) and by its name. */
function mainFunction(program: AstNode): AstNode | undefined {
  for (const statement of program.body as AstNode[]) {
    if (statement.type === 'ExportDefaultDeclaration') return inner(statement.declaration)
    if (statement.type !== 'ExportNamedDeclaration') continue
    for (const specifier of statement.specifiers) {
      if ((specifier.exported.name ?? specifier.exported.value) !== 'default') continue
      const binding: Binding | undefined = specifier.local.binding
      return binding?.unit ? binding.unit.node : binding?.declarator && inner(binding.declarator.init)
    }
  }
  return undefined
}

function inner(node: AstNode | undefined): AstNode | undefined {
  if (node?.type === 'CallExpression' && node.arguments.length > 0) return inner(node.arguments[0])
  if (node?.type === 'Identifier') {
    const binding: Binding | undefined = node.binding
    return binding?.unit ? binding.unit.node : inner(binding?.declarator?.init)
  }
  return node
}

function firstUse(binding: Binding, unit: Unit): number | undefined {
  return binding.references.find((reference) => reference.unit?.isWithin(unit))?.node.start
}

function shareLoop(a: Loop | undefined, b: Loop | undefined, binding: Binding): boolean {
  const around = new Set<Loop>()
  for (let loop = a; loop; loop = loop.parent) around.add(loop)
  for (let loop = b; loop; loop = loop.parent) if (around.has(loop) && loop !== binding.loop) return true
  return false
}
