// Builds the scanner for the engine of this run.
import type {Ports} from '../../core/ports.js'
import {chosenEngine} from '../../core/regex-choice.js'
import {makeInjectionScanner} from './scanner.js'
import type {InjectionScanner} from './verdict.js'

export function buildScanner(ports: Pick<Ports, 'env'>): InjectionScanner {
  return makeInjectionScanner(chosenEngine(ports.env))
}
