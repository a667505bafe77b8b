// A stand-in for an executor's program: answers every message of its driver, and does what a test asks for by its text.
process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  if (message.type === 'blob') return void process.send({ type: 'toDriver', data: Buffer.from(message.path ?? `error: ${message.error}`) })
  if (message.type !== 'fromDriver') return
  const text = Buffer.from(message.data).toString()
  if (text === 'die') {
    process.stderr.write('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n', () => process.abort())
  } else if (text.startsWith('blob ')) {
    process.send({ type: 'getBlob', hash: text.slice(5) })
  } else if (text === 'env') {
    process.send({ type: 'toDriver', data: Buffer.from(Object.keys(process.env).sort().join(',')) })
  } else {
    process.send({ type: 'toDriver', data: Buffer.from(`echo ${text}`) })
  }
})
