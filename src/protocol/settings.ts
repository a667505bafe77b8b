import { closest, distance } from 'fastest-levenshtein'
import { poolsFile } from './poolsFile.js'
import { choice, count, decimal, duration, flag, optional, type Setting, size } from './settingKinds.js'

const SWITCH = ['auto', 'true', 'false'] as const

/** What `--conf key=value` may set, by Spark's names; docs/configuration.md is made from it. */
export const SETTINGS = {
  'spark.barrier.sync.timeout': duration('24d', 'how long a task waits in `barrier()` or `allGather()` for the others before its stage fails', { least: 1 }),
  'spark.default.parallelism': optional(
    count(1, 'partitions of `parallelize` and `range`, and of shuffles none of whose inputs is partitioned by key'),
    "the application's cores; a shuffle has as many as its largest input",
  ),
  'spark.driver.maxResultSize': size('1g', 'what the results of one action may amount to; `0` is no limit'),
  'spark.dynamicAllocation.cachedExecutorIdleTimeout': optional(
    duration('1h', 'after what idleness an executor with cached partitions is given back'),
    'never',
  ),
  'spark.dynamicAllocation.enabled': flag(false, 'executors are asked for while tasks wait, and given back when they are idle'),
  'spark.dynamicAllocation.executorAllocationRatio': decimal(1, 'share of the executors that all tasks could use at once', { least: 0.001, most: 1 }),
  'spark.dynamicAllocation.executorIdleTimeout': duration('60s', 'after what idleness an executor is given back'),
  'spark.dynamicAllocation.initialExecutors': optional(
    count(0, 'executors asked for at the start', { least: 0 }),
    '`--num-executors`, else `spark.dynamicAllocation.minExecutors`',
  ),
  'spark.dynamicAllocation.maxExecutors': optional(count(1, 'most executors at a time'), 'no limit'),
  'spark.dynamicAllocation.minExecutors': count(0, 'least executors at a time', { least: 0 }),
  'spark.dynamicAllocation.schedulerBacklogTimeout': duration('1s', 'how long tasks wait before an executor is asked for', { least: 1 }),
  'spark.dynamicAllocation.sustainedSchedulerBacklogTimeout': optional(
    duration('1s', 'how long they wait on before twice as many more are asked for', { least: 1 }),
    '`spark.dynamicAllocation.schedulerBacklogTimeout`',
  ),
  'spark.excludeOnFailure.application.maxFailedExecutorsPerNode': count(2, 'excluded executors of a host after which the application avoids the host'),
  'spark.excludeOnFailure.application.maxFailedTasksPerExecutor': count(
    2,
    'tasks that failed on an executor, in stages that succeeded, after which the application avoids it',
  ),
  'spark.excludeOnFailure.enabled': flag(false, 'tasks are kept away from executors and hosts on which tasks keep failing, but never from the last one'),
  'spark.excludeOnFailure.stage.maxFailedExecutorsPerNode': count(2, 'excluded executors of a host after which a stage avoids the host'),
  'spark.excludeOnFailure.stage.maxFailedTasksPerExecutor': count(2, 'different tasks of a stage that failed on an executor after which the stage avoids it'),
  'spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor': count(1, 'failures of a task on an executor after which it avoids the executor'),
  'spark.excludeOnFailure.task.maxTaskAttemptsPerNode': count(2, 'failures of a task on a host after which it avoids the host'),
  'spark.excludeOnFailure.timeout': duration('1h', 'how long the application avoids an executor or host', { least: 1 }),
  'spark.io.compression.codec': choice(
    'auto',
    ['auto', 'lz4', 'zstd'],
    'what compresses; `auto` and `zstd` are zstd where Node has it (22.15 and newer), else lz4, which `zstd` warns of',
  ),
  'spark.locality.wait': duration(
    '3s',
    'how long a task waits for a slot where its data lie: of an executor that holds its cached partition, or of a host that holds much of its shuffle input',
  ),
  'spark.rdd.compress': flag(false, 'compress cached partitions, in memory and on disk'),
  'spark.scheduler.allocation.file': optional(
    poolsFile('the pools of `spark.scheduler.mode=FAIR`, as JSON: see job-scheduling.md'),
    'none: every pool has weight 1',
  ),
  'spark.reducer.maxSizeInFlight': size('48m', 'what a task holds in memory of map outputs of other hosts; larger ones go through files', { least: 1024 }),
  'spark.scheduler.barrier.maxConcurrentTasksCheck.interval': duration(
    '15s',
    'a barrier stage that has more tasks than the application has slots waits for more: this times `maxFailures`, 10 minutes; not at all where no more can come, as in `local[N]`',
  ),
  'spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures': count(40, 'see `interval`'),
  'spark.rdd.limit.initialNumPartitions': count(1, 'how many partitions `take` computes first'),
  'spark.rdd.limit.scaleUpFactor': count(4, 'by how much `take` multiplies the partitions when those before gave too few', { least: 2 }),
  'spark.scheduler.resource.profileMergeConflicts': flag(
    false,
    'RDDs of one stage may have different resource profiles: its tasks take as many cores as the one that asks for most; else that is an error',
  ),
  'spark.scheduler.mode': choice<'FIFO' | 'FAIR'>(
    'FIFO',
    ['FIFO', 'FAIR'],
    'how jobs that run at the same time share the slots: the oldest first, or by pools in fair shares',
  ),
  'spark.shuffle.compress': choice('auto', SWITCH, 'compress map outputs; `auto`: when the application has workers on several hosts'),
  'spark.shuffle.reduceLocality.enabled': flag(true, 'reduce tasks of an application on several hosts like those that hold a fifth of their input or more'),
  'spark.shuffle.spill.compress': choice('auto', SWITCH, 'compress what is spilled; `auto`: when the application has workers on several hosts'),
  'spark.speculation': flag(
    false,
    'tasks that run much longer than the others of their stage get a second attempt on another executor; the first to finish counts',
  ),
  'spark.speculation.efficiency.enabled': flag(true, 'a slow task that reads records as fast as the others is left alone, for a while'),
  'spark.speculation.efficiency.longRunTaskFactor': decimal(2, 'how many times over the threshold it is no longer'),
  'spark.speculation.efficiency.processRateMultiplier': decimal(0.75, "share of the others' records a second below which a task is inefficient"),
  'spark.speculation.interval': duration('100ms', 'how often to look for slow tasks', { least: 10 }),
  'spark.speculation.minTaskRuntime': duration('100ms', 'a task that has run for less is not slow'),
  'spark.speculation.multiplier': decimal(3, 'how many times the median of the successful tasks a task has to run to be slow'),
  'spark.speculation.quantile': decimal(0.9, 'share of the tasks of a stage that have to succeed before any other counts as slow', { most: 1 }),
  'spark.speculation.task.duration.threshold': optional(duration('1m', 'when a task is slow in a stage that fits on one executor'), 'never'),
  'spark.stage.maxConsecutiveAttempts': count(4, 'how often in a row reading shuffle data may fail before a stage is given up'),
  'spark.task.cpus': count(1, 'cores of an executor that a task takes, unless its stage asks for another number by `withResources`'),
  'spark.task.maxFailures': optional(count(4, 'failures of one task that fail the job'), '4; 1 in `local[N]`, F in `local[N,F]`'),
} satisfies Record<string, Setting<unknown>>

/** What Spark sets by a key and `tspark submit` by an option. */
const OPTIONS: Conf = {
  'spark.archives': '--archives',
  'spark.app.name': '--name',
  'spark.cores.max': '--total-executor-cores',
  'spark.executor.cores': '--executor-cores',
  'spark.executor.instances': '--num-executors',
  'spark.executor.memory': '--executor-memory',
  'spark.files': '--files',
  'spark.local.dir': '--local-dirs',
  'spark.master': '--master',
}

type SettingKey = keyof typeof SETTINGS

/** The value of every setting. */
export type Settings = { readonly [K in SettingKey]: (typeof SETTINGS)[K]['standard'] }

/** Values as texts, by key: what the command line was given, checked. */
export type Conf = Readonly<Record<string, string>>

/** Cuts `key=value` and checks both; throws an Error that says what is wrong and what would be right. */
export function checkSetting(assignment: string): [key: string, value: string] {
  const at = assignment.indexOf('=')
  if (at < 1) throw new Error('a setting is key=value, as in spark.task.maxFailures=8')
  const key = assignment.slice(0, at).trim()
  const value = assignment.slice(at + 1).trim()
  if (!isKey(key)) throw new Error(`there is no setting ${key}${insteadOf(key)}; docs/configuration.md lists them`)
  try {
    SETTINGS[key].parse(value)
  } catch (error) {
    throw new Error(`${key}: ${(error as Error).message}`)
  }
  return [key, value]
}

/** Settings that begin like the first do nothing unless the second, off by default, has the third as its value. */
const SWITCHES = [
  ['spark.dynamicAllocation.', 'spark.dynamicAllocation.enabled', true],
  ['spark.excludeOnFailure.', 'spark.excludeOnFailure.enabled', true],
  ['spark.scheduler.allocation.file', 'spark.scheduler.mode', 'FAIR'],
  ['spark.speculation.', 'spark.speculation', true],
] as const satisfies readonly (readonly [prefix: string, key: SettingKey, on: unknown])[]

/** Throws an Error that names the first setting that would have no effect. */
export function checkSwitches(conf: Conf): void {
  for (const [prefix, key, on] of SWITCHES) {
    if (conf[key] !== undefined && SETTINGS[key].parse(conf[key]) === on) continue
    const idle = Object.keys(conf).find((each) => each.startsWith(prefix) && each !== key)
    if (idle !== undefined) throw new Error(`${idle}=${conf[idle]} does nothing without ${key}=${on}`)
  }
}

/** All settings: those given, the others by their standard values. */
export function settingsOf(conf: Conf): Settings {
  const settings = Object.entries(SETTINGS).map(([key, setting]) => [key, conf[key] === undefined ? setting.standard : setting.parse(conf[key])])
  return Object.fromEntries(settings) as Settings
}

/** The option or setting that an unknown key stands for, if one is near. */
function insteadOf(key: string): string {
  if (Object.hasOwn(OPTIONS, key)) return `: it is the option ${OPTIONS[key]}`
  const near = closest(key, Object.keys(SETTINGS))
  return distance(key, near) <= key.length / 3 ? `; did you mean ${near}?` : ''
}

function isKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key)
}
