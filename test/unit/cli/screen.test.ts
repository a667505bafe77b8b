import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Screen } from '../../../src/cli/terminal/screen.js'

/** A terminal of some width that keeps what is written. */
function terminal(columns: number): { stream: NodeJS.WriteStream; written: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { stream: Object.assign(stream, { columns, isTTY: true }) as unknown as NodeJS.WriteStream, written: () => text }
}

test('a terminal that tells no width shows what the run waits for as a plain live line, gone before the next one', async () => {
  const { stream, written } = terminal(0)
  const screen = new Screen(stream)
  await screen.spin('waiting for executors')
  screen.line('done')
  expect(written()).toBe('waiting for executors\r\u001b[2Kdone\n')
})
