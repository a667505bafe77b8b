// Writes a file of lines for the example: node generate.mjs <file> [lines = 1000000]
import { closeSync, openSync, writeSync } from 'node:fs'

const [file, lines = '1000000'] = process.argv.slice(2)
if (!file) throw new Error('usage: node generate.mjs <file> [lines]')
const words = ['wave', 'light', 'tower', 'storm', 'harbour', 'kettle', 'slate', 'apple', 'string', 'hand']
const out = openSync(file, 'w')
for (let line = 0, text = ''; line < Number(lines); line++) {
  const count = (line * 7919) % 13
  text += `${Array.from({ length: count }, (_, i) => words[(line + i) % words.length]).join(' ')}\n`
  if (text.length > 1 << 16 || line === Number(lines) - 1) {
    writeSync(out, text)
    text = ''
  }
}
closeSync(out)
