import { TsparkError } from '../events/tsparkError.js'

let locate: (name: string) => string | undefined = () => undefined

/** Files and archives shipped beside the job with `--files`, `--archives`, `sc.addFile` or `sc.addArchive` (Spark's SparkFiles). */
export class SparkFiles {
  private constructor() {}

  /**
   * The path of a file, or of the folder an archive was unpacked to, on this machine, in main and in tasks.
   * @param name the file's name without folders, or the archive's alias
   * @throws `TSPARK_INPUT` if no such file was shipped
   */
  static get(name: string): string {
    const path = locate(name)
    if (path) return path
    throw new TsparkError('TSPARK_INPUT', `SparkFiles.get('${name}'): no file of that name was shipped`, { hint: 'name it with --files or --archives' })
  }

  /** @internal */
  static provide(find: (name: string) => string | undefined): void {
    locate = find
  }
}
