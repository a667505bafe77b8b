import fc from 'fast-check'

// Programs of nested functions that share few names, so that shadowing, hoisting and cycles happen all the time.

const NAMES = ['a', 'b', 'c', 'd']

/** What can be used where an expression stands. */
interface Names {
  readonly numbers: readonly string[]
  readonly functions: readonly string[]
}

class ProgramWriter {
  readonly #choices: readonly number[]
  #next = 0

  constructor(choices: readonly number[]) {
    this.#choices = choices
  }

  /** main, which ships every function it can name and some that it writes out. */
  main(): string {
    const lines: string[] = []
    const names = this.#declarations({ numbers: ['TOP'], functions: ['topLevel'] }, 0, lines)
    for (const name of names.functions) lines.push(`keep(${name})`)
    for (let i = 0; i < 3; i++) lines.push(`keep(${this.#function(names, 1)})`)
    lines.push(`for (let i = 0; i < 2; i++) { const t = i * 10; keep(${this.#function({ ...names, numbers: [...names.numbers, 't', 'i'] }, 2)}) }`)
    lines.push(`try { throw 5 } catch (e) { keep(x => x + e + ${this.#number(names)}) }`)
    lines.push(
      `class Keeper { k = ${this.#number(names)}; go(keep) { keep(x => x + this.k); (() => keep(y => this.k + y * ${this.#number(names)}))() } } new Keeper().go(keep)`,
    )
    return `(keep) => { ${lines.join('\n  ')} }`
  }

  #pick(below: number): number {
    const choice = this.#choices[this.#next++ % this.#choices.length] ?? 0
    return (choice + this.#next * 7) % below
  }

  #of(list: readonly string[]): string {
    return list[this.#pick(list.length)]!
  }

  #number({ numbers }: Names): string {
    return numbers.length > 0 && this.#pick(4) > 0 ? this.#of(numbers) : String(this.#pick(9))
  }

  #call({ functions, numbers }: Names, argument: string): string {
    return functions.length > 0 ? `${this.#of(functions)}(${argument})` : this.#number({ functions, numbers })
  }

  #expression(names: Names, depth: number): string {
    switch (this.#pick(depth > 3 ? 4 : 9)) {
      case 0:
        return this.#number(names)
      case 1:
        return `(${this.#number(names)} * 3 + ${this.#number(names)}) % 1009`
      case 2:
        return this.#call(names, `${this.#number(names)} % 5`)
      case 3:
        return `(${this.#number(names)} > 2 ? ${this.#number(names)} : 1)`
      case 4:
        return `(${this.#function(names, depth + 1)})(${this.#number(names)})`
      case 5:
        return `[1, 2].map(${this.#function(names, depth + 1)}).reduce((p, q) => (p + q) % 1009, 0)`
      case 6:
        return `({ ${this.#of(NAMES)}(x) { return x }, get g() { return ${this.#number(names)} } }).g`
      case 7:
        return `new (class { n = ${this.#number(names)}; m(x) { return (x + this.n + ${this.#number(names)}) % 1009 } })().m(${this.#number(names)})`
      default:
        return `(function self(x) { return x > 3 ? self(x % 3) : x + ${this.#number(names)} })(${this.#number(names)})`
    }
  }

  #function(names: Names, depth: number): string {
    const [first, second] = [this.#of(NAMES), `${this.#of(NAMES)}2`]
    const inner = bind(names, first, 'number')
    switch (this.#pick(6)) {
      case 0:
        return `${first} => ${this.#expression(inner, depth)}`
      case 1:
        return `(${first}) => { ${this.#body(inner, depth, first)} }`
      case 2:
        return `(${first}, ${second} = ${this.#number(inner)}) => ${this.#expression(bind(inner, second, 'number'), depth)}`
      case 3:
        return `(${first}, { ${second} = (${this.#function(inner, depth + 2)})(1) } = {}) => (${this.#expression(bind(inner, second, 'number'), depth + 1)})`
      case 4:
        return `(${first}, ...${second}) => ${first} + ${second}.length + ${this.#number(inner)}`
      default:
        return `function ${this.#pick(2) ? first : ''}(${first}) { ${this.#body(inner, depth, first)} }`
    }
  }

  #body(names: Names, depth: number, parameter: string): string {
    const lines: string[] = []
    const inside = depth > 3 ? names : this.#declarations(names, depth + 1, lines, parameter)
    return `${lines.join('; ')}; return ${this.#expression(inside, depth + 1)}`
  }

  /** Declares some names; each can be used by the ones after it, and functions by each other. */
  #declarations(outer: Names, depth: number, lines: string[], not?: string): Names {
    const own = NAMES.filter((name) => name !== not && this.#pick(3) > 0)
    let names = own.reduce<Names>((all, name) => without(all, name), outer)
    const kinds = own.map(() => this.#pick(7))
    const callable = own.filter((_, at) => kinds[at]! >= 3)
    for (const [at, name] of own.entries()) {
      const visible = names
      const other = callable.length > 0 ? this.#of(callable) : undefined
      const orOther = (x: string, value: string): string => (other ? `(${x} > 3 ? ${other}(${x} % 3) : ${value})` : value)
      switch (kinds[at]) {
        case 0:
          lines.push(`const ${name} = ${this.#expression(visible, depth + 1)}`)
          break
        case 1:
          lines.push(`let ${name} = ${this.#number(visible)}; ${name} = ${name} + 1`)
          break
        case 2:
          lines.push(`const { ${name} = 4 } = { ${this.#of(NAMES)}: ${this.#number(visible)} }`)
          break
        case 3:
          lines.push(`const ${name} = ${this.#function(visible, depth + 1)}`)
          break
        case 4:
          lines.push(`const ${name} = (z) => ${orOther('z', this.#number(visible))}`)
          break
        case 5:
          lines.push(`function ${name}(z) { return ${orOther('z', `z + ${this.#number(visible)}`)} }`)
          break
        default:
          lines.push(`class ${name}_ { k = ${this.#number(visible)}; m(z) { return ${orOther('z', 'z + this.k')} } }; const ${name} = z => new ${name}_().m(z)`)
      }
      names = bind(names, name, callable.includes(name) ? 'function' : 'number')
    }
    return names
  }
}

function without({ numbers, functions }: Names, name: string): Names {
  return { numbers: numbers.filter((each) => each !== name), functions: functions.filter((each) => each !== name) }
}

function bind(names: Names, name: string, kind: 'number' | 'function'): Names {
  const { numbers, functions } = without(names, name)
  return kind === 'number' ? { numbers: [...numbers, name], functions } : { numbers, functions: [...functions, name] }
}

/** The main functions of some programs. */
export const randomMains = fc.array(
  fc.array(fc.nat(1000), { minLength: 60, maxLength: 200 }).map((choices) => new ProgramWriter(choices).main()),
  { minLength: 60, maxLength: 60 },
)
