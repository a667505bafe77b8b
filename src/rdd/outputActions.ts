import { TsparkError } from '../events/tsparkError.js'
import type { Terminal } from '../plan/program.js'
import { OutputCommitter } from '../sources/outputCommitter.js'
import { shown } from './arguments.js'
import { NumericActions } from './numericActions.js'
import type { ActionOptions } from './types.js'

/** How text is saved. */
export interface SaveTextOptions extends ActionOptions {
  /** true: `path` itself is the one file, the partitions one after the other (default false: a folder of parts) */
  single?: boolean
  /** 'gzip' compresses and adds `.gz` to the names (default 'none') */
  compression?: 'none' | 'gzip'
}

/** Actions that write files: complete or absent, whatever happens on the way. */
export abstract class OutputActions<T> extends NumericActions<T> {
  /**
   * Writes every record as a line of text: `part-00000` … and `_SUCCESS` in a new folder, or one file with `single`. A record is
   * written as `String(record)` gives it: `1,2` of an array, `[object Object]` of an object without a `toString` of its own, so
   * `map(JSON.stringify)` or `saveAsObjectFile` first where records are objects.
   * @throws `TSPARK_OUTPUT` if there is anything at the path already; it is left untouched
   */
  async saveAsTextFile(path: string, options: SaveTextOptions = {}): Promise<void> {
    const { single = false, compression = 'none' } = options
    if (compression !== 'none' && compression !== 'gzip') {
      throw new TsparkError('TSPARK_ARGUMENT', `saveAsTextFile(): compression is 'none' or 'gzip', not ${shown(compression)}`)
    }
    await this.#save('saveAsTextFile', path, { single, compression }, (staging) => ({ kind: 'saveText', staging, compression }), options)
  }

  /** Writes the records so that `sc.objectFile` reads them back as they were. @throws `TSPARK_OUTPUT` if the path exists */
  async saveAsObjectFile(path: string, options: ActionOptions = {}): Promise<void> {
    await this.#save('saveAsObjectFile', path, { single: false, compression: 'none' }, (staging) => ({ kind: 'saveObjects', staging }), options)
  }

  async #save(
    operation: string,
    path: string,
    form: { single: boolean; compression: 'none' | 'gzip' },
    terminal: (staging: string) => Terminal,
    options: ActionOptions,
  ): Promise<void> {
    const site = this.internals.actionSite()
    this.internals.checkUsable(operation)
    if (typeof path !== 'string' || path === '') throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs a path, not ${shown(path)}`)
    // before anything is computed; a failure, a missing input too, leaves no trace of it
    const output = OutputCommitter.prepare(path, form)
    try {
      const parts = await this.internals.run({
        lineage: this.lineage,
        operation,
        action: { terminal: () => terminal(output.staging), functions: [] },
        decode: (bytes) => this.internals.decode(bytes) as string,
        options,
        site,
      })
      await output.commit(parts)
    } catch (error) {
      await output.abort()
      throw error
    }
  }
}
