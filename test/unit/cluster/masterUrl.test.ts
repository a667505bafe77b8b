import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { parseMasterUrl } from '../../../src/cluster/masterUrl.js'

describe('master URLs', () => {
  it.each([
    ['local', { kind: 'local', threads: 1, maxFailures: 1 }],
    ['local[3]', { kind: 'local', threads: 3, maxFailures: 1 }],
    ['local[*]', { kind: 'local', threads: availableParallelism(), maxFailures: 1 }],
    ['local[2,4]', { kind: 'local', threads: 2, maxFailures: 4 }],
    ['local-cluster[2,1,512]', { kind: 'local-cluster', workers: 2, cores: 1, memory: 512 * 1024 * 1024 }],
    ['tspark://node7', { kind: 'tspark', url: 'tspark://node7:7077' }],
    ['tspark://10.0.0.1:80', { kind: 'tspark', url: 'tspark://10.0.0.1:80' }],
    ['tspark://[::1]:7078', { kind: 'tspark', url: 'tspark://[::1]:7078' }],
    ['tspark://a,b:7078,[::1]', { kind: 'tspark', url: 'tspark://a:7077,tspark://b:7078,tspark://[::1]:7077' }],
  ])('reads %s', (text, expected) => {
    expect(parseMasterUrl(text)).toEqual(expected)
  })

  it.each([
    ['local[0]', 'from 1 to 1024'],
    ['local[99999]', 'from 1 to 1024'],
    ['local[1.5]', 'local[4]'],
    ['local[]', 'local[4]'],
    ['local(4)', 'local[4]'],
    ['local-cluster[2,1]', 'local-cluster[2,1,1024]'],
    ['local-cluster[2,1,1]', 'at least 64 MiB'],
    ['spark://host:7077', 'tspark://host:7077'],
    ['host:7077', 'tspark://host:7077'],
    ['tspark://host:99999', '1 to 65535'],
    ['tspark://host:0', '1 to 65535'],
    ['tspark:/host', 'tspark://'],
    ['4', 'local[4]'],
    ['loacl[2]', 'local[*]'],
    ['yarn', 'local[N]'],
    ['', 'local[N]'],
  ])("refuses '%s' with the nearest form", (text, hint) => {
    expect(() => parseMasterUrl(text)).toThrow(expect.objectContaining({ code: 'TSPARK_USAGE', hint: expect.stringContaining(hint) }))
    expect(() => parseMasterUrl(text)).toThrow(`'${text}'`)
  })
})
