import { relative, resolve } from 'node:path'
import type { Message } from 'esbuild'
import { TsparkError } from '../events/tsparkError.js'
import type { Build, BuiltFiles } from './buildCache.js'
import { BuildError } from './buildError.js'
import { configFiles } from './configFiles.js'
import { digest, type InputPrint, printOf } from './inputPrint.js'
import { Externals, nativePackages } from './nativePackages.js'
import type { Diagnostic } from './transform/diagnostic.js'
import type { SourceMap } from './transform/sourcePositions.js'
import { transformBundle } from './transform/transformBundle.js'
import { tsparkModule } from './tsparkModule.js'

// CommonJS packages in the bundle call require('fs') at run time
const BANNER = `import{createRequire as $tspcr}from"node:module";const require=$tspcr(import.meta.url);`

/** Paths of modules that the build itself adds. */
const ADDED = /^tspark[\w-]*:/

/** Bundles a job and makes it shippable; packages named in `external` are left out like native ones. */
export async function bundleJob(jobFile: string, external: readonly string[]): Promise<{ build: Build; files: BuiltFiles }> {
  const esbuild = await import('esbuild')
  const cwd = process.cwd()
  const externals = new Externals(external)
  const started = Date.now()
  const result = await esbuild
    .build({
      entryPoints: [jobFile],
      absWorkingDir: cwd,
      outfile: resolve(cwd, '.tspark-bundle.mjs'),
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'external',
      sourcesContent: true,
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
      banner: { js: BANNER },
      plugins: [tsparkModule, nativePackages(externals, cwd)],
    })
    .catch((error: { errors?: Message[] }) => {
      if (!error.errors) throw error
      throw new BuildError(error.errors.map((message) => fromEsbuild(message, 'error')))
    })
  const [output] = Object.values(result.metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined)
  const text = (ending: string): string => result.outputFiles.find(({ path }) => path.endsWith(ending))!.text
  const code = text('.mjs')
  checkMain(output?.exports ?? [], code, jobFile)
  const map = JSON.parse(text('.map')) as SourceMap
  const inputs = Object.keys(output?.inputs ?? {})
  const transformed = transformBundle({
    code,
    map,
    inputs,
    id: digest(code),
    isUser: (path) => !/(^|[\\/])node_modules[\\/]/.test(path) && !ADDED.test(path),
  })
  const diagnostics = [...result.warnings.map((message) => fromEsbuild(message, 'warning')), ...transformed.diagnostics]
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new BuildError(errors)
  const bundle = transformed.code
  const sources = inputs.filter((path) => !ADDED.test(path))
  const contents = new Map(map.sources.map((source, index) => [source, map.sourcesContent?.[index] ?? undefined]))
  const { prints, absent } = look(sources, contents, externals.lookups, started)
  return {
    build: { inputs: prints, absent, hash: digest(bundle), externals: [...externals.names], warnings: diagnostics },
    files: { code: bundle, map: JSON.stringify(transformed.map), meta: JSON.stringify(transformed.meta) },
  }
}

/** What the build depends on, as it was when the build read it. */
function look(
  sources: readonly string[],
  contents: ReadonlyMap<string, string | undefined>,
  lookups: Iterable<string>,
  started: number,
): { prints: Record<string, InputPrint> | undefined; absent: string[] } {
  const files = new Map(sources.map((source) => [resolve(source), contents.get(source)]))
  for (const path of [...configFiles([...files.keys()]), ...lookups]) if (!files.has(path)) files.set(path, undefined)
  const prints: Record<string, InputPrint> = {}
  const absent: string[] = []
  for (const [path, read] of files) {
    const print = printOf(path, started, read)
    if (print === 'changing') return { prints: undefined, absent }
    if (print) prints[path] = print
    else absent.push(path)
  }
  return { prints, absent }
}

function checkMain(exports: readonly string[], code: string, jobFile: string): void {
  // a CommonJS file exports `module.exports`, which main is looked for in when it is loaded
  if (exports.includes('default') || (exports.length === 0 && /export default require_/.test(code))) return
  const others = exports.length > 0 ? `; it exports ${exports.slice(0, 5).join(', ')}` : ''
  throw new TsparkError('TSPARK_NO_MAIN', `${relative(process.cwd(), jobFile)} has no default export${others}`, {
    hint: 'export default defineJob(async ({ sc, args }) => { … })',
  })
}

function fromEsbuild({ text, location, notes }: Message, severity: Diagnostic['severity']): Diagnostic {
  const hint = location?.suggestion
    ? `did you mean ${location.suggestion}?`
    : (notes.find((note) => !note.location)?.text ?? (/^Could not resolve "[^./]/.test(text) ? 'install the package where the job is: npm install' : undefined))
  return {
    severity,
    message: text,
    hint: hint?.replace(/\s*You can mark the path.*$/s, '') || undefined,
    file: location?.file ?? '',
    line: location?.line ?? 1,
    column: (location?.column ?? 0) + 1,
    text: location?.lineText ?? '',
  }
}
