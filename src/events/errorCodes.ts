/**
 * Every code a user or a script can meet, the exit code it leads to when it ends a run, and when it happens.
 * docs/errors.md is generated from this table.
 */
export const ERROR_CODES = {
  TSPARK_USAGE: { exit: 2, when: 'an option or argument is wrong' },
  TSPARK_JOB_NOT_FOUND: { exit: 2, when: 'the job file does not exist or cannot be read' },
  TSPARK_BUILD: { exit: 3, when: 'the job does not build: syntax error, missing import, closure that cannot be shipped' },
  TSPARK_NO_MAIN: { exit: 3, when: 'the job has no default export that is a function' },
  TSPARK_MASTER_UNREACHABLE: { exit: 4, when: 'the master does not answer, or what answers is no tspark master' },
  TSPARK_UNAUTHORIZED: { exit: 4, when: 'the token is missing, unreadable, readable by others, or wrong' },
  TSPARK_VERSION: { exit: 4, when: 'two processes speak different versions of the protocol' },
  TSPARK_CLUSTER: { exit: 5, when: 'the cluster could not run the job' },
  TSPARK_QUEUE_TIMEOUT: { exit: 5, when: 'no executors within --queue-timeout' },
  TSPARK_EXECUTORS_LOST: { exit: 1, when: 'executors ended one after the other by what the job does, and no task finished in between' },
  TSPARK_TIMEOUT: { exit: 124, when: 'the run took longer than --timeout' },
  TSPARK_CANCELLED: { exit: 130, when: 'the run or the action was cancelled' },
  TSPARK_JOB_FAILED: { exit: 1, when: 'a task failed for good, or main threw' },
  TSPARK_TASK_FAILED: { exit: 1, when: 'a task failed as often as it may' },
  TSPARK_TASK_TIMEOUT: { exit: 1, when: 'one attempt took longer than --task-timeout' },
  TSPARK_FETCH_FAILED: { exit: 1, when: 'shuffle output stayed unreadable after it was computed again' },
  TSPARK_INDETERMINATE: {
    exit: 1,
    when: 'a lost shuffle output came out differently when it was computed again, and results made from the old one are delivered; or a partition has not as many records as zipWithIndex has counted',
  },
  TSPARK_CHECKSUM: { exit: 1, when: 'a file read back is not what was written' },
  TSPARK_DISK: { exit: 1, when: 'a disk is full, read-only or broken' },
  TSPARK_CLOSURE: { exit: 1, when: 'a function cannot be shipped to executors' },
  TSPARK_RECORD: { exit: 1, when: 'a record cannot be sent between processes' },
  TSPARK_KEY: { exit: 1, when: 'a value cannot be a key, or keys cannot be compared' },
  TSPARK_ARGUMENT: { exit: 1, when: 'an argument of an RDD operation is wrong' },
  TSPARK_PIPE: { exit: 1, when: 'a command of pipe() cannot be started, or ends with another code than 0' },
  TSPARK_BARRIER: { exit: 1, when: 'a barrier stage is put together in a way that cannot run, or its tasks do not wait for each other alike' },
  TSPARK_BARRIER_SLOTS: { exit: 5, when: 'a barrier stage has more tasks than there are slots' },
  TSPARK_RESOURCES: { exit: 1, when: 'tasks ask for more cores than an executor has, or for something that executors do not have' },
  TSPARK_EMPTY: { exit: 1, when: 'first, reduce, max or min of an empty collection' },
  TSPARK_INPUT: { exit: 1, when: 'an input path is missing or unreadable' },
  TSPARK_OUTPUT: { exit: 1, when: 'an output path exists or cannot be written' },
  TSPARK_RESULT_TOO_LARGE: { exit: 1, when: 'the results of an action are larger than the driver may hold' },
  TSPARK_CONTEXT: { exit: 1, when: 'a context is used after it stopped, or inside a task' },
  TSPARK_PACKAGE_MISSING: { exit: 1, when: 'a package left out of the bundle is not installed on an executor' },
  TSPARK_UNHANDLED_REJECTION: { exit: 1, when: 'a promise of the job was rejected and nobody awaited it' },
  TSPARK_PORT_TAKEN: { exit: 1, when: 'a daemon cannot listen on its port' },
  TSPARK_DAEMON: { exit: 1, when: 'a daemon could not start or stay up' },
  TSPARK_PROTOCOL: { exit: 1, when: 'a message was malformed' },
  TSPARK_INTERNAL: { exit: 1, when: 'a defect of tspark' },
} as const satisfies Record<string, { exit: number; when: string }>

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES
