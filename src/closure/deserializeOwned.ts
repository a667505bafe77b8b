import { DefaultDeserializer } from 'node:v8'

/** V8 gives views of its input where it can: decoded twice they would share memory, and a small one would keep all bytes. */
class OwningDeserializer extends DefaultDeserializer {
  constructor(readonly input: Uint8Array) {
    super(input)
  }

  _readHostObject(): unknown {
    // biome-ignore lint/suspicious/noExplicitAny: Node's types leave out the method that its documentation tells to override
    const view = (DefaultDeserializer.prototype as any)._readHostObject.call(this) as NodeJS.ArrayBufferView
    return view.buffer === this.input.buffer || Buffer.isBuffer(view) ? copyOf(view) : view
  }
}

/** The inverse of `v8.serialize`; what it gives has no memory in common with the bytes. */
export function deserializeOwned(bytes: Uint8Array): unknown {
  const deserializer = new OwningDeserializer(bytes)
  deserializer.readHeader()
  return deserializer.readValue()
}

function copyOf(view: NodeJS.ArrayBufferView): NodeJS.ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view
  const own = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
  if (Buffer.isBuffer(view)) return Buffer.from(own)
  return new (view.constructor as new (buffer: ArrayBuffer) => NodeJS.ArrayBufferView)(own)
}
