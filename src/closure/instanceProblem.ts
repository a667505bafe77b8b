import { currentRuntime } from './installRuntime.js'

export const NATIVE = /\{\s*\[native code\]\s*\}\s*$/

/** Why instances of a class cannot be taken apart and put together again. */
export function instanceProblem(own: () => unknown): string | undefined {
  const text = Function.prototype.toString.call(own)
  for (let each: unknown = own; typeof each === 'function' && each !== Function.prototype; each = Object.getPrototypeOf(each)) {
    const source = Function.prototype.toString.call(each)
    if (currentRuntime()?.names.isBuiltin(each))
      return each === own ? 'which belongs to its process' : `which extends ${(each as () => unknown).name} and belongs to its process`
    if (NATIVE.test(source)) return each === own ? 'which lives in the engine' : `which extends ${(each as () => unknown).name || 'a class'} of the engine`
    if (/(^|[^\w$])#[\w$]+\s*(=|;|\(|in\b)/.test(stripStrings(source))) return 'which has private (#) members'
  }
  return text === '' ? 'whose class is unknown' : undefined
}

function stripStrings(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""')
}
