import { readdirSync, type Stats, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import { TsparkError } from '../events/tsparkError.js'

export interface InputFile {
  readonly path: string
  readonly size: number
}

/** The files a path means: a file, a folder, a glob or a comma list of these; hidden ones (`_*`, `.*`) are left out. */
export function listFiles(path: string): InputFile[] {
  return splitList(path).flatMap((part) => filesOf(part, path))
}

/** Paths of the parts that saveAsObjectFile or a checkpoint wrote. */
export function listObjectFiles(path: string): string[] {
  return listFiles(path).map((file) => file.path)
}

/** Splits at commas outside braces. */
function splitList(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const char of text) {
    if (char === ',' && depth === 0) {
      parts.push(part)
      part = ''
      continue
    }
    if (char === '{') depth++
    else if (char === '}') depth = Math.max(0, depth - 1)
    part += char
  }
  parts.push(part)
  const used = parts.map((each) => each.trim()).filter((each) => each !== '')
  if (used.length === 0) throw new TsparkError('TSPARK_INPUT', `input path '${text}' is empty`)
  return used
}

function filesOf(part: string, whole: string): InputFile[] {
  const path = toPath(part)
  const stats = statOf(path)
  if (stats) return stats.isDirectory() ? filesIn(path) : [regular(path, stats)]
  if (!/[*?[{]/.test(path)) {
    throw new TsparkError('TSPARK_INPUT', `input path does not exist: ${path}`, { hint: whole === part ? undefined : `it is a part of '${whole}'` })
  }
  const found = globSync(path.replaceAll('\\', '/'), { absolute: true, onlyFiles: false, dot: false, expandDirectories: false })
    .map((each) => (each.length > 1 ? each.replace(/\/$/, '') : each))
    .filter((each) => !isHidden(each))
    .sort(byName)
  if (found.length === 0) throw new TsparkError('TSPARK_INPUT', `input pattern matches no file: ${path}`)
  return found.flatMap((each) => {
    const stat = statOf(each)
    if (!stat) return []
    return stat.isDirectory() ? filesIn(each) : [regular(each, stat)]
  })
}

/** A pipe or a socket has no size and can be read once: a task that runs again would find nothing. */
function regular(path: string, stats: Stats): InputFile {
  if (stats.isFile()) return { path, size: stats.size }
  const what = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device'
  throw new TsparkError('TSPARK_INPUT', `input ${path} is ${what}, no file`, { hint: 'write the data to a file first; main can read stdin' })
}

function filesIn(folder: string): InputFile[] {
  return read(() => readdirSync(folder), folder)
    .filter((name) => !isHidden(name))
    .sort(byName)
    .map((name) => {
      const path = join(folder, name)
      const stats = read(() => statSync(path), path)
      if (stats.isDirectory())
        throw new TsparkError('TSPARK_INPUT', `input folder ${folder} has a folder inside: ${path}`, { hint: 'name the folders by a glob' })
      return regular(path, stats)
    })
}

function toPath(text: string): string {
  if (/^file:/i.test(text)) {
    try {
      return fileURLToPath(/^file:\/\//i.test(text) ? text : `file://${resolve(text.slice(5))}`)
    } catch (cause) {
      throw new TsparkError('TSPARK_INPUT', `'${text}' is no path of a file`, { cause })
    }
  }
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)
  if (scheme) throw new TsparkError('TSPARK_INPUT', `input path ${text}: files of '${scheme[1]}:' cannot be read`, { hint: 'use a path of this machine' })
  return resolve(text)
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw unreadable(path, error)
  }
}

function read<T>(look: () => T, path: string): T {
  try {
    return look()
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** An input that is there and cannot be read. */
export function unreadable(path: string, cause: unknown): TsparkError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  const why =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ENOENT'
        ? 'it does not exist'
        : String((cause as Error | undefined)?.message ?? cause)
  return new TsparkError('TSPARK_INPUT', `input ${path} cannot be read: ${why}`, { cause })
}

function isHidden(path: string): boolean {
  return /^[._]/.test(basename(path))
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
