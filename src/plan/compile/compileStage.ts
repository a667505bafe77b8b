import type { AnyFunction } from '../engineFunctions.js'
import { decodeInput, decodeProgram, type StageProgram } from '../program.js'
import { type Awaitable, after, afterAll } from './after.js'
import { openNode } from './openNode.js'
import { runTerminal } from './runTerminal.js'
import { StageCode } from './stageCode.js'
import type { TaskEnvironment } from './taskEnvironment.js'
import type { TaskOutput } from './taskOutput.js'
import { TaskRun } from './taskRun.js'

/** A stage ready to run tasks: its loops are generated on first use and belong to it alone. */
export interface CompiledStage {
  run(partition: number, input: Uint8Array, environment: TaskEnvironment): Awaitable<TaskOutput>
}

/** Compiles a stage program. `revive` gives each task its own copies of the user's functions. */
export function compileStage(bytes: Uint8Array, revive: (payload: Uint8Array) => Awaitable<AnyFunction>): CompiledStage {
  const program: StageProgram = decodeProgram(bytes)
  const code = new StageCode(program)
  return {
    run(partition, input, environment) {
      return afterAll(program.payloads.map(revive), (functions) => {
        const task = new TaskRun(code, functions, environment)
        return after(runTerminal(task, openNode, partition, decodeInput(input)), (output) => output)
      })
    },
  }
}
