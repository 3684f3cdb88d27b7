import type { LabHost } from './state.ts'

export async function feedKernelLog(_host: LabHost): Promise<void> {}
