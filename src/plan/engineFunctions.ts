import type { TaskEnvironment } from './compile/taskEnvironment.js'
import { actionFunctions } from './engine/actionFunctions.js'
import { asyncFunctions } from './engine/asyncFunctions.js'
import { combineFunctions } from './engine/combineFunctions.js'
import { partitionFunctions } from './engine/partitionFunctions.js'
import { recordFunctions } from './engine/recordFunctions.js'
import { sampleFunctions } from './engine/sampleFunctions.js'

// biome-ignore lint/suspicious/noExplicitAny: functions of every shape meet here; each maker knows its own
export type AnyFunction = (...args: any[]) => any

/** What a maker is given: its plain arguments, its functions, and the partition it is made for. */
export interface EngineCall {
  readonly args: readonly unknown[]
  readonly fns: readonly AnyFunction[]
  readonly partition: number
  readonly environment: TaskEnvironment
}

export type EngineMaker = (call: EngineCall) => AnyFunction

/** The engine's own functions by the name a stage program uses for them. */
const makers: Readonly<Record<string, EngineMaker>> = {
  ...recordFunctions,
  ...partitionFunctions,
  ...combineFunctions,
  ...sampleFunctions,
  ...actionFunctions,
  ...asyncFunctions,
}

/** Makes an engine function for one task. */
export function makeEngineFunction(name: string, call: EngineCall): AnyFunction {
  const maker = makers[name]
  if (!maker) throw new Error(`the stage program names an unknown function '${name}'`)
  return maker(call)
}
