import type { RunOptions } from '../protocol/submitMessages.js'

/** What a run was given, by the names Spark has for it. */
export function confOf({ name, master, resources, files, archives, conf }: RunOptions, appId: string): Record<string, string> {
  const { executorCores, executorMemory, numExecutors, totalExecutorCores } = resources
  const given: Record<string, string | number | undefined> = {
    'spark.app.id': appId,
    'spark.app.name': name,
    'spark.master': master,
    'spark.executor.cores': executorCores,
    'spark.executor.memory': executorMemory === undefined ? undefined : `${executorMemory}b`,
    'spark.executor.instances': numExecutors,
    'spark.cores.max': totalExecutorCores,
    'spark.archives': archives.length > 0 ? archives.map(({ path, name }) => `${path}#${name}`).join(',') : undefined,
    'spark.files': files.length > 0 ? files.join(',') : undefined,
    ...conf,
  }
  return Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])))
}
