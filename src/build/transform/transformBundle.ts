import { parse } from 'acorn'
import type { ClosureMeta } from '../../closure/closureMeta.js'
import { TsparkError } from '../../events/tsparkError.js'
import { type Analysis, analyzeScopes } from './analyzeScopes.js'
import type { AstNode } from './ast.js'
import { checkShipped } from './checkShipped.js'
import type { Diagnostic } from './diagnostic.js'
import { Edits, type Part } from './edits.js'
import { emit } from './emit.js'
import { factoriesOf } from './factories.js'
import { IDENTIFIER, type SourceMap, SourcePositions } from './sourcePositions.js'
import { metaOf } from './unitMeta.js'
import type { Binding, Unit } from './units.js'
import { isPlainMethod, memberAccess, needsName } from './unitText.js'
import { type Chunk, moduleStarts, userChunks } from './userChunks.js'

export interface TransformInput {
  readonly code: string
  readonly map: SourceMap
  /** paths of esbuild's inputs */
  readonly inputs: readonly string[]
  /** sha256 of `code`, hex */
  readonly id: string
  isUser(path: string): boolean
}

export interface TransformOutput {
  readonly code: string
  readonly map: SourceMap
  readonly meta: ClosureMeta
  readonly diagnostics: readonly Diagnostic[]
}

/** A module of the user's in the bundle, analysed. */
export interface Module extends Analysis {
  readonly chunk: Chunk
  readonly program: AstNode
}

/**
 * Makes the functions of a bundle shippable: a marker comment in each, a record of its captures where it is made, and a
 * footer with a factory for each. What the user wrote is only added to, never changed (docs/closures.md).
 */
export function transformBundle({ code, map, inputs, id, isUser }: TransformInput): TransformOutput {
  const positions = new SourcePositions(code, map)
  const diagnostics: Diagnostic[] = []
  const starts = moduleStarts(positions, inputs)
  const modules = userChunks(starts, code.length, isUser).map((chunk): Module => {
    const program = parseChunk(code, chunk)
    return { chunk, program, ...analyzeScopes(program) }
  })
  const { units, roots, lazy } = number(modules)
  for (const module of modules) checkShipped(module, positions, diagnostics)
  for (const { isCommonJs, chunk } of modules) if (isCommonJs) diagnostics.push(commonJs(chunk))

  const edits = new Edits()
  for (const unit of units) mark(unit, edits, code, id)
  for (const unit of units) if (unit.kind === 'class') nameClass(unit, edits, positions)
  for (const module of modules) rewriteModule(module, edits, positions, diagnostics)
  const factories = factoriesOf(units, roots, edits, code)
  const parts: Part[] = [
    `const $tsp=(globalThis[Symbol.for("tspark.rt")]?.bundle??(()=>({c:f=>f,end(){},meta:(s,m)=>m,path:(s,f)=>f()})))(${JSON.stringify(id)},()=>$tspend()),$tspc=$tsp.c;\n`,
    ...edits.apply(code.length),
    `\nfunction $tspend(){return{f:{`,
    ...factories,
    `},r:[${rootNames(roots)
      .map((name) => rootEntry(name, lazy.get(name)))
      .join(',')}]}}\n$tsp.end();\n`,
  ]
  return { ...emit(positions, parts), meta: metaOf(units, starts, positions), diagnostics }
}

function parseChunk(code: string, chunk: Chunk): AstNode {
  try {
    return parse(code.slice(chunk.start, chunk.end), { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }) as unknown as AstNode
  } catch (cause) {
    throw new TsparkError('TSPARK_INTERNAL', `the bundled form of ${chunk.file} could not be read: ${(cause as Error).message}`, { cause })
  }
}

/** Ids in the order of the source, and the names at module level of all modules. */
function number(modules: readonly Module[]): { units: Unit[]; roots: Map<string, Binding | undefined>; lazy: Map<string, string> } {
  const units: Unit[] = []
  const roots = new Map<string, Binding | undefined>()
  const lazy = new Map<string, string>()
  for (const module of modules) {
    for (const unit of module.units) {
      unit.id = units.push(unit) - 1
      unit.offset = module.chunk.start
      unit.init = module.init
      // its own name is bound by the factory
      const { declared } = unit
      if (unit.kind === 'decl' && declared && unit.captures.get(unit.name) === declared && declared.writes.length === 0) unit.captures.delete(unit.name)
    }
    for (const [name, binding] of module.top) {
      roots.set(name, binding)
      if (module.init) lazy.set(name, module.init)
    }
  }
  for (const module of modules) for (const name of module.unresolved.keys()) if (!roots.has(name)) roots.set(name, undefined)
  return { units, roots, lazy }
}

// --- markers and captures

function mark(unit: Unit, edits: Edits, code: string, id: string): void {
  edits.open(markerPosition(unit, code), `/*#t${unit.id}@${id.slice(0, 8)}*/`)
  if (!unit.isCapturing || unit.kind === 'method' || unit.immediatelyInvoked) return
  const captured = [...unit.captured, ...(unit.usesArguments ? ['arguments'] : []), ...(unit.usesThis ? ['this'] : [])]
  const thunk = `()=>[${captured.join(',')}]`
  const [start, end] = [unit.offset + unit.start, unit.offset + unit.end]
  switch (unit.kind) {
    case 'decl':
      edits.open(entryPosition(unit), `$tspc(${unit.name},${thunk});`)
      break
    case 'class':
      if (unit.usesThis || unit.usesArguments) unit.problem ??= 'this in the head of a class'
      else edits.open(unit.offset + unit.node.body.start + 1, `static{$tspc(this,${thunk})}`)
      break
    case 'objmethod': {
      if (!isPlainMethod(unit) || unit.problem) break
      const key = code.slice(unit.offset + unit.property!.key.start, unit.offset + unit.property!.key.end)
      edits.open(start, `${key}:$tspc({`)
      edits.close(end, `}${memberAccess(unit, key)},${thunk})`)
      break
    }
    default: {
      // {name: fn}["name"] keeps the name that the place gives a function
      const named = needsName(unit)
      edits.open(start, named ? `$tspc({${JSON.stringify(unit.name)}:` : '$tspc(')
      edits.close(end, named ? `}[${JSON.stringify(unit.name)}],${thunk})` : `,${thunk})`)
    }
  }
}

/** Just behind the first token: Function.prototype.toString gives the comment back. */
function markerPosition(unit: Unit, code: string): number {
  const start = unit.offset + unit.node.start
  if (unit.kind === 'method' || unit.kind === 'objmethod') return start + 1
  if (unit.kind === 'class') return start + 'class'.length
  if (code[start] === '(') return start + 1
  return start + IDENTIFIER.exec(code.slice(start, start + 256))![0].length
}

/** esbuild writes `class P` as `var P = class _P` if it uses itself, and numbers equal names: the class says its own name. */
function nameClass(unit: Unit, edits: Edits, positions: SourcePositions): void {
  const { id, body } = unit.node
  if (!id || body.body.some((member: AstNode) => member.static && (member.computed || member.key?.name === 'name'))) return
  const name = positions.nameAt(unit.offset + id.start, id.name)
  if (name === id.name) return
  const start = unit.offset + body.start + 1
  edits.rewrite(start, start, `static{Object.defineProperty(this,"name",{value:${JSON.stringify(name)},configurable:true})}`, '')
}

/** Where a declared function is recorded: at the entry of its block, since it can be used before its declaration. */
function entryPosition(unit: Unit): number {
  const { block } = unit.declaredIn!
  if (!block) return unit.offset + unit.node.start
  let at = block.start + 1
  for (const statement of block.body) {
    if (!statement.directive) break
    at = statement.end
  }
  return unit.offset + at
}

// --- what means the original file

function rewriteModule(module: Module, edits: Edits, positions: SourcePositions, diagnostics: Diagnostic[]): void {
  const { chunk, metaProperties, unresolved, dynamicImports, evals } = module
  const file = JSON.stringify(chunk.file)
  for (const node of metaProperties) edits.rewrite(chunk.start + node.start, chunk.start + node.end, `$tsp.meta(${file},`, ')')
  for (const [name, kind] of [
    ['__dirname', 'dir'],
    ['__filename', 'file'],
  ] as const) {
    for (const { node } of unresolved.get(name) ?? []) edits.rewrite(chunk.start + node.start, chunk.start + node.end, `$tsp.path(${file},()=>`, `,"${kind}")`)
  }
  for (const { source, start } of dynamicImports) {
    if (source.type === 'Literal' || (source.type === 'TemplateLiteral' && source.expressions.length === 0)) continue
    const place = positions.place(chunk.start + start)
    diagnostics.push({
      severity: 'warning',
      ...place,
      message: 'import() of a computed path cannot be bundled; executors look for it beside the bundle',
      hint: 'use a literal path',
    })
  }
  for (const { start } of evals) {
    const place = positions.place(chunk.start + start)
    diagnostics.push({
      severity: 'warning',
      ...place,
      message: 'direct eval: variables that only the evaluated text uses are not captured',
      hint: 'pass them as arguments',
    })
  }
}

function commonJs({ file }: Chunk): Diagnostic {
  return {
    severity: 'warning',
    file,
    line: 1,
    column: 1,
    text: '',
    message: 'the file is CommonJS: its module-level variables are captured by value when its functions are shipped',
    hint: 'use import and export in this file',
  }
}

// --- names at module level

const HELPERS =
  /^(__(defProp\w*|getOwn\w+|hasOwn\w*|export|toESM|toCommonJS|commonJS\w*|esm\w*|copyProps|reExport|require|name|publicField|defNormalProp|spread\w*|objRest|rest\w*|decorat\w*|runInit\w*|private\w*|accessCheck|async\w*|yield\w*|await\w*|forAwait|using|callDispose|template|pow|glob|create|prop\w*|expectBase|earlyAccess|toBinary\w*|superGet|superSet|superWrapper|metadata)|require|arguments|undefined|NaN|Infinity|__dirname|__filename)$/

function rootNames(roots: ReadonlyMap<string, Binding | undefined>): string[] {
  return [...roots].filter(([name, binding]) => binding !== undefined || !HELPERS.test(name)).map(([name]) => name)
}

function rootEntry(name: string, init: string | undefined): string {
  return `[${JSON.stringify(name)},()=>${name}${init && init !== name ? `,()=>${init}()` : ''}]`
}
