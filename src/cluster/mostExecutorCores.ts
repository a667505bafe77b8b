import type { ResourceRequest } from '../protocol/shapes.js'
import type { MasterUrl } from './masterUrl.js'

/** Cores of the largest executor that an application can have; undefined where its workers decide. */
export function mostExecutorCores(master: MasterUrl, { executorCores }: ResourceRequest): number | undefined {
  switch (master.kind) {
    case 'local':
      return Math.min(executorCores ?? master.threads, master.threads)
    case 'local-cluster':
      return Math.min(executorCores ?? master.cores, master.cores)
    case 'tspark':
      return executorCores
  }
}
