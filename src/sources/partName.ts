/** `part-00042`: names sort in the order of partitions. */
export function partName(partition: number, suffix: string): string {
  return `part-${String(partition).padStart(5, '0')}${suffix}`
}
