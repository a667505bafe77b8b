import { describe, expect, it } from 'vitest'
import { choice, count, decimal, duration, flag, optional, size } from '../../../src/protocol/settingKinds.js'
import { checkSetting, checkSwitches, SETTINGS, settingsOf } from '../../../src/protocol/settings.js'

describe('settings', () => {
  it('are what was given, the others their standard values', () => {
    expect(settingsOf({})['spark.driver.maxResultSize']).toBe(2 ** 30)
    expect(settingsOf({ 'spark.driver.maxResultSize': '3m' })['spark.driver.maxResultSize']).toBe(3 * 2 ** 20)
    expect(settingsOf({})['spark.task.maxFailures']).toBeUndefined()
  })

  it('are checked by key and value', () => {
    expect(checkSetting(' spark.task.maxFailures = 8 ')).toEqual(['spark.task.maxFailures', '8'])
    expect(() => checkSetting('spark.tsk.maxFailures=8')).toThrow('did you mean spark.task.maxFailures?')
    expect(() => checkSetting('spark.executor.memory=4g')).toThrow('there is no setting spark.executor.memory: it is the option --executor-memory;')
    expect(() => checkSetting('spark.ui.port=4040')).toThrow(/^there is no setting spark\.ui\.port; docs/)
    expect(() => checkSetting('toString=8')).toThrow('there is no setting toString')
    expect(() => checkSetting('spark.task.maxFailures=0')).toThrow('spark.task.maxFailures: it is a whole number from 1')
    expect(() => checkSetting('=8')).toThrow('key=value')
  })

  it.each([
    [{ 'spark.dynamicAllocation.maxExecutors': '2' }, 'spark.dynamicAllocation.maxExecutors=2 does nothing without spark.dynamicAllocation.enabled=true'],
    [{ 'spark.speculation': 'false', 'spark.speculation.quantile': '0.5' }, 'spark.speculation.quantile=0.5 does nothing without spark.speculation=true'],
    [{ 'spark.excludeOnFailure.timeout': '1m' }, 'does nothing without spark.excludeOnFailure.enabled=true'],
    [{ 'spark.scheduler.allocation.file': 'pools.json' }, 'spark.scheduler.allocation.file=pools.json does nothing without spark.scheduler.mode=FAIR'],
  ])('that would have no effect are refused: %j', (conf, message) => {
    expect(() => checkSwitches(conf as never)).toThrow(message)
  })

  it('whose switch is on are taken', () => {
    checkSwitches({ 'spark.speculation': 'true', 'spark.speculation.quantile': '0.5', 'spark.scheduler.mode': 'fair', 'spark.scheduler.allocation.file': 'a' })
  })

  it.each(Object.entries(SETTINGS))('%s says what it is for, and its shown value is its standard', (_, setting) => {
    expect(setting.about).not.toBe('')
    if (setting.standard !== undefined) expect(setting.parse(setting.shown)).toEqual(setting.standard)
  })
})

describe('kinds of settings', () => {
  it.each([
    [count(1, ''), '1.5'],
    [count(1, ''), '-1'],
    [count(1, '', { most: 3 }), '4'],
    [decimal(0.5, '', { most: 1 }), '1.01'],
    [decimal(0.5, ''), 'NaN'],
    [flag(true, ''), 'yes'],
    [duration('1s', ''), '1 week'],
    [duration('1s', '', { least: 10 }), '9ms'],
    [size('1m', ''), '-1m'],
    [size('1m', '', { least: 1024 }), '0'],
    [choice('fifo', ['fifo', 'fair'], ''), 'lifo'],
  ])('%# refuses %s', (setting, text) => {
    expect(() => setting.parse(text)).toThrow()
  })

  it('read what users write', () => {
    expect(flag(true, '').parse('False')).toBe(false)
    expect(duration('1s', '').parse('0')).toBe(0)
    expect(duration('1s', '').parse('100ms')).toBe(100)
    expect(size('1m', '').parse('48m')).toBe(48 * 2 ** 20)
    expect(choice('FIFO', ['FIFO', 'FAIR'], '').parse('fair')).toBe('FAIR')
    expect(optional(count(4, ''), 'depends').standard).toBeUndefined()
  })
})
