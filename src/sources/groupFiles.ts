import type { InputFile } from './listInput.js'

/** Whole files in groups of about equal size, in their order (Hadoop's CombineFileInputFormat in small). */
export function groupFiles(files: readonly InputFile[], minPartitions: number): string[][] {
  const groups = Math.min(files.length, minPartitions)
  const total = files.reduce((sum, file) => sum + file.size + 1, 0)
  const result: string[][] = Array.from({ length: groups }, () => [])
  let before = 0
  for (const [index, file] of files.entries()) {
    // by bytes, but never so that a later group would stay empty
    const bySize = Math.min(groups - 1, Math.floor((before * groups) / total))
    const least = groups - (files.length - index)
    result[Math.max(bySize, least)]!.push(file.path)
    before += file.size + 1
  }
  return result.filter((group) => group.length > 0)
}
