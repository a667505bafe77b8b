import type { FunctionRef, FunctionSpec } from './functionRef.js'
import { current, type Lineage } from './lineage/lineage.js'
import type { CombinerSpec } from './lineage/shuffleDependency.js'
import type { CombinerRef, ProgramNode, StageProgram, Terminal } from './program.js'

/** Turns the narrow part of a lineage into a stage program; a lineage that is used twice becomes one node. */
export class StageBuilder {
  readonly #payloads: Uint8Array[] = []
  readonly #payloadIndex = new Map<Uint8Array, number>()
  readonly #nodes: ProgramNode[] = []
  readonly #index = new Map<Lineage, number>()

  /** The node of a lineage; consecutive steps over records are joined. */
  add(lineage: Lineage): number {
    const known = this.#index.get(lineage)
    if (known !== undefined) return known
    const actual = current(lineage)
    let index = this.#push(actual.node(this))
    if (lineage.storage) index = this.#push({ kind: 'cached', parent: index, rddId: lineage.id, level: lineage.storage })
    this.#index.set(lineage, index)
    return index
  }

  fn(spec: FunctionSpec): FunctionRef {
    if ('engine' in spec) {
      const args = typeof spec.args === 'function' ? spec.args() : spec.args
      return { engine: spec.engine, args, fns: spec.fns.map((fn) => this.fn(fn)) }
    }
    let index = this.#payloadIndex.get(spec.payload)
    if (index === undefined) {
      index = this.#payloads.push(spec.payload) - 1
      this.#payloadIndex.set(spec.payload, index)
    }
    return { user: index }
  }

  combiner(spec: CombinerSpec): CombinerRef {
    return { create: this.fn(spec.create), mergeValue: this.fn(spec.mergeValue), mergeCombiners: this.fn(spec.mergeCombiners) }
  }

  finish(root: number, terminal: Terminal): StageProgram {
    return { payloads: this.#payloads, nodes: this.#nodes, root, terminal }
  }

  #push(node: ProgramNode): number {
    return this.#nodes.push(node) - 1
  }
}
