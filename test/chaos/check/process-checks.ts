import type { Check } from './check.ts'

export const processChecks: readonly Check[] = [
  {
    name: 'once the faults are over, everything comes to its end',
    proves: ['R1', 'R4', 'R13'],
    trials: () => 1,
    problems: ({ unsettled }) =>
      Object.entries(unsettled).map(([what, count]) => `${count} ${what} have not ended`),
    plant: (facts) => ({ ...facts, unsettled: { runs: 1 } }),
  },
  {
    name: 'no replica ends by itself',
    proves: ['R4', 'R8'],
    trials: ({ faults }) => faults.hostConnectionsCut + faults.databaseConnectionsReset,
    problems: ({ crashes }) => crashes,
    plant: (facts) => ({ ...facts, crashes: ['replica1 ended by itself'] }),
  },
  {
    name: 'SIGTERM ends each replica in good order',
    proves: ['R1'],
    trials: ({ exits }) => exits.length,
    problems: ({ exits }) =>
      exits
        .filter(({ status }) => status !== 0)
        .map(({ name, status }) => `${name} ended with ${status ?? 'a signal'}`),
    plant: (facts) => ({ ...facts, exits: [{ name: 'replica1', status: null }] }),
  },
  {
    name: 'the audit verifies',
    proves: ['R4'],
    trials: ({ audit }) => audit.length,
    problems: ({ auditVerify: { status, said } }) => (status === 0 ? [] : [said]),
    plant: (facts) => ({ ...facts, auditVerify: { status: 1, said: 'Broken: row 7' } }),
  },
]
