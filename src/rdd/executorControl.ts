import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'
import { archiveOf } from '../sources/archive.js'
import { checkCount, checkPath } from './arguments.js'
import { JobControl } from './jobControl.js'

/** What a SparkContext does with executors: ships files to them, asks for more, ends them. */
export abstract class ExecutorControl extends JobControl {
  /** Ships one more file to the executors of later tasks; `SparkFiles.get(name)` finds it. @throws `TSPARK_INPUT` if it is no file */
  addFile(path: string): void {
    checkPath(path, 'addFile')
    this.internals.checkUsable('addFile')
    const file = resolve(path)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new TsparkError('TSPARK_INPUT', `addFile(): ${file} is no file`)
    this.runner.addFile(file)
  }

  /**
   * Ships an archive (`.zip`, `.jar`, `.tar`, `.tar.gz` or `.tgz`) to the executors of later tasks. It is unpacked here at once and
   * once on each executor; `SparkFiles.get(name)` gives the folder, which is to be read only. While it is unpacked here main stands
   * still, and with it all that the driver does: about 15 s for a gigabyte of files. Large ones belong to `--archives`, which costs
   * the same time before main begins, but stops nothing.
   * @param path the archive; `path#alias` gives the folder another name than the file's
   * @throws `TSPARK_INPUT` if it is missing, no archive, damaged, or has entries that would lie or lead outside of the folder
   */
  addArchive(path: string): void {
    checkPath(path, 'addArchive')
    this.internals.checkUsable('addArchive')
    try {
      this.runner.addArchive(archiveOf(path))
    } catch (error) {
      throw TsparkError.is(error) ? error : new TsparkError('TSPARK_INPUT', `addArchive(): ${(error as Error).message}`)
    }
  }

  /** The names of all archives that were shipped, with `--archives` or `addArchive`. */
  listArchives(): string[] {
    return [...this.runner.archiveNames]
  }

  /** The names of all files that were shipped, with `--files` or `addFile`. */
  listFiles(): string[] {
    return [...this.runner.fileNames]
  }

  /** By executor: the memory that cached partitions and buffers may take, and what cached partitions leave of it, in bytes. */
  getExecutorMemoryStatus(): Map<string, { maxMemory: number; remainingMemory: number }> {
    const { executors } = this.runner.status()
    return new Map(
      executors.map(({ executorId, storageMemory, storageUsed }) => [
        executorId,
        { maxMemory: storageMemory, remainingMemory: Math.max(0, storageMemory - storageUsed) },
      ]),
    )
  }

  /** Asks for more executors than there are now; they come as the cluster has room. @throws `TSPARK_ARGUMENT` under dynamic allocation */
  requestExecutors(numAdditionalExecutors: number): void {
    this.runner.executors.requestMore(checkCount(numAdditionalExecutors, 'requestExecutors', 'a number of executors'))
  }

  /** Asks for so many executors in all, in place of `--num-executors`; fewer than there are ends none. @throws `TSPARK_ARGUMENT` under dynamic allocation */
  requestTotalExecutors(numExecutors: number): void {
    this.runner.executors.requestTotal(checkCount(numExecutors, 'requestTotalExecutors', 'a number of executors'))
  }

  /**
   * Ends executors at once and wants so many fewer from now on; their tasks run elsewhere, shuffle output stays. Gives the ids of
   * those that were there. @throws `TSPARK_ARGUMENT` under dynamic allocation
   */
  killExecutors(executorIds: readonly string[]): string[] {
    return this.runner.executors.kill(executorIds)
  }

  /** Ends one executor, as `killExecutors` does; gives whether it was there. */
  killExecutor(executorId: string): boolean {
    return this.killExecutors([executorId]).length > 0
  }
}
