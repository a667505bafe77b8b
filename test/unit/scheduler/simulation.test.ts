import { expect, it } from 'vitest'
import { SchedulerSimulation } from './schedulerSimulation.js'

// TSPARK_SIMULATION_SEEDS=5000 plays for long; TSPARK_SIMULATION_FIRST_SEED=n starts at a seed that failed
const SEEDS = Number(process.env.TSPARK_SIMULATION_SEEDS ?? 60)
const FIRST = Number(process.env.TSPARK_SIMULATION_FIRST_SEED ?? 1)
const EVENTS = 1000

it('random failures never break a promise of the scheduler', { timeout: 3_600_000 }, () => {
  const total: Record<string, number> = {}
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const simulation = new SchedulerSimulation(seed)
    try {
      simulation.run(EVENTS)
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
    for (const [name, count] of Object.entries(simulation.counts)) total[name] = (total[name] ?? 0) + count
  }
  // the play is worth nothing if the faults did not come about
  for (const [name, count] of Object.entries(total)) expect([name, count > 0]).toEqual([name, true])
  console.log(`${SEEDS} seeds: ${JSON.stringify(total)}`)
})
