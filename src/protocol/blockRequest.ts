/** A request for the segments [from, to) of one map output; ids only, never paths. */
export interface BlockRange {
  readonly mapIndex: number
  readonly attemptId: number
  readonly from: number
  readonly to: number
}

/** What precedes every segment in the answer: 0 = the bytes follow, 1 = an error text follows. */
export interface SegmentHeader {
  readonly status: number
  /** of the bytes, as the index file has it */
  readonly crc32: number
  readonly length: number
}

export const SEGMENT_HEADER_BYTES = 16
export const SEGMENT_OK = 0
export const SEGMENT_FAILED = 1
/** Ranges that surely fit into one request line; a reader with more sends several requests. */
export const MAX_RANGES_PER_REQUEST = 200

/** Path and query of a GET that answers with all these segments, in this order. */
export function blockRequestPath(appId: string, shuffleId: number, ranges: readonly BlockRange[]): string {
  const blocks = ranges.map(({ mapIndex, attemptId, from, to }) => `${mapIndex}-${attemptId}:${from}-${to}`)
  return `/apps/${appId}/shuffle/${shuffleId}?b=${blocks.join(',')}`
}

/** Path of a GET for a file of a map output as a whole. */
export function mapOutputPath(appId: string, shuffleId: number, name: string, part: 'index' | 'data'): string {
  return `/apps/${appId}/shuffle/${shuffleId}/${name}.${part}`
}

/** The ranges of a request; `undefined` if the text is anything else. */
export function parseBlockRanges(text: string): BlockRange[] | undefined {
  if (!/^\d{1,15}-\d{1,15}:\d{1,9}-\d{1,9}(?:,\d{1,15}-\d{1,15}:\d{1,9}-\d{1,9})*$/.test(text)) return undefined
  const ranges = text.split(',').map((block) => {
    const [mapIndex = 0, attemptId = 0, from = 0, to = 0] = block.split(/[-:]/).map(Number)
    return { mapIndex, attemptId, from, to }
  })
  return ranges.length <= MAX_RANGES_PER_REQUEST && ranges.every((range) => range.from <= range.to) ? ranges : undefined
}

/** u32 status, u32 crc32, f64 length, little endian. */
export function encodeSegmentHeader({ status, crc32, length }: SegmentHeader): Uint8Array {
  const header = new Uint8Array(SEGMENT_HEADER_BYTES)
  const view = new DataView(header.buffer)
  view.setUint32(0, status, true)
  view.setUint32(4, crc32, true)
  view.setFloat64(8, length, true)
  return header
}

export function decodeSegmentHeader(data: Uint8Array, offset: number): SegmentHeader {
  const view = new DataView(data.buffer, data.byteOffset + offset, SEGMENT_HEADER_BYTES)
  return { status: view.getUint32(0, true), crc32: view.getUint32(4, true), length: view.getFloat64(8, true) }
}
