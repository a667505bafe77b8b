/** How a master shares out its workers: to the first application first, or a share to each. */
export type SchedulingMode = 'fifo' | 'fair'
