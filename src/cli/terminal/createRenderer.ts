import type { SubmitOptions } from '../submitOptions.js'
import { createColors } from './createColors.js'
import { HumanRenderer, type HumanStyle } from './humanRenderer.js'
import { JsonRenderer } from './jsonRenderer.js'
import type { Renderer } from './renderer.js'

/** The renderer for these options and this terminal. */
export function createRenderer(options: SubmitOptions, environment: NodeJS.ProcessEnv): Renderer {
  const { json = false, quiet = false, verbose = false, debug = false, color } = options
  const live = !quiet && isLiveTerminal(environment)
  const style: HumanStyle = { live, quiet, verbose, debug, colors: createColors(color, environment, process.stderr) }
  return json ? new JsonRenderer(style) : new HumanRenderer(style)
}

/** Whether stderr is a terminal that can redraw lines, with a person before it. */
function isLiveTerminal(environment: NodeJS.ProcessEnv): boolean {
  const { CI: ci, TERM: terminal } = environment
  return process.stderr.isTTY === true && (ci === undefined || ci === '' || ci === 'false') && terminal !== 'dumb'
}
