import { authorize } from '../../access/authorize.ts'
import {
  acknowledge,
  deEscalate,
  type EscalationActionDeps,
  reassign,
  resolveProblems,
  type Step,
} from '../../escalation/actions.ts'
import { type EscalateDeps, offerFor } from '../../escalation/escalate.ts'
import { type Escalation, isOpen, type Level } from '../../escalation/escalation.ts'
import {
  escalationsAround,
  escalationsOfProblem,
  foundHealthySince,
  getEscalation,
} from '../../escalation/escalation-store.ts'
import type { Run } from '../../runs/run.ts'
import { getRun } from '../../runs/run-store.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/answers.ts'
import { readReassign, reassignForm } from '../../slack/messages/escalation/forms.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import { isRowId, runOf } from '../find-run.ts'
import type { Filed, Filled } from '../form-result.ts'
import type { Ask, DoorDeps, Permit } from '../guard.ts'

export interface EscalationDoorDeps
  extends EscalationActionDeps,
    EscalateDeps,
    Pick<DoorDeps, 'gate' | 'people' | 'memberships'> {}

const GONE = 'This escalation is gone, or not of this workspace: nothing was done.'
async function gone(ask: Ask): Promise<Message> {
  await ask.refuse('escalate', {}, GONE)
  return noticeMessage(GONE)
}

const LATE = 'This changed meanwhile: the thread shows how it stands. Nothing was done.'

const BACK =
  'A later check found something again, so nothing was resolved: look at that one, or resolve in the thread of the problem.'

/** A button of an escalation, which is looked up for this team only (S7); its rights are those on the run's host and topic. */
const onEscalation =
  (step: (deps: EscalationDoorDeps, step: Step, ask: Ask) => Promise<boolean | Message>) =>
  async (deps: EscalationDoorDeps, ask: Ask): Promise<Message | undefined> => {
    const found = await escalationOf(deps, ask, ask.text)
    if (!found) return gone(ask)
    const permit = await permitOn(ask, found)
    if (!permit.allowed) return noticeMessage(permit.reason)
    const done = await step(deps, { ...found, by: ask.user, audit: permit.audit }, ask)
    if (done === true) return undefined
    return done === false ? late(deps, found) : done
  }

export const acknowledgeButton = onEscalation((deps, step) => acknowledge(deps, step))

export const deEscalateButton = onEscalation((deps, step) => deEscalate(deps, step, levelBelow(deps, step)))

/** *Reassign*: for the lead's escalation alone, while somebody has it. */
export async function fillReassignment(deps: EscalationDoorDeps, ask: Ask): Promise<Filled> {
  const found = await escalationOf(deps, ask, ask.text)
  if (!found) return { ok: false, sentence: (await gone(ask)).text }
  const permit = await permitOn(ask, found)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const { level, closedAt, id } = found.escalation
  return level === 2 && !closedAt ? { ok: true, view: reassignForm(id) } : { ok: false, sentence: LATE }
}

/** *Resolve* ends all of the problem, so it needs the rights of its highest level. */
export async function resolveButton(deps: EscalationDoorDeps, ask: Ask): Promise<Message | undefined> {
  const found = await escalationOf(deps, ask, ask.text)
  if (!found) return gone(ask)
  const { team, problemKey } = found.escalation
  const open = (await escalationsOfProblem(deps.db, team, problemKey)).filter(isOpen)
  return resolveAll(deps, ask, found.run, open, 'It was resolved with all that was open for its problem.')
}

/** *Resolve all* of a healthy run: every problem that runs of its topic and host left open. */
export async function resolveAllButton(deps: EscalationDoorDeps, ask: Ask): Promise<Message | undefined> {
  const run = await runOf(deps.db, ask)
  if (!run) return gone(ask)
  const healthy = run.report?.verdict === 'healthy' && (await stillHealthy(deps, run))
  if (!healthy) return noticeMessage(BACK)
  const open = (await escalationsAround(deps.db, run)).filter(isOpen)
  return resolveAll(deps, ask, run, open, `Run ${run.code} found the problem gone.`)
}

/** Unless a later run found something: what was open may be what it found. */
const stillHealthy = ({ db }: EscalationDoorDeps, run: Run): Promise<boolean> =>
  foundHealthySince(db, run, new Date(run.createdAt.getTime() - 1))

async function resolveAll(
  deps: EscalationDoorDeps,
  ask: Ask,
  run: Run,
  open: readonly Escalation[],
  why: string,
): Promise<Message | undefined> {
  const paged = open.some(({ level }) => level === 3)
  const permit = await ask.permit(paged ? 'page' : 'escalate', { host: run.host, topic: run.topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  const problemKeys = [...new Set(open.map(({ problemKey }) => problemKey))]
  const about = { team: run.team, problemKeys, by: ask.user, why }
  const closed = await resolveProblems(deps, about, permit.audit)
  await deps.db.tx((tx) => deps.queue.send(tx, { kind: 'redraw', runId: run.id }))
  return closed.length > 0
    ? undefined
    : noticeMessage('Nothing was open any more; the thread shows how it stands.')
}

export async function saveReassignment(deps: EscalationDoorDeps, ask: Ask, view: Submitted): Promise<Filed> {
  const refuse = (sentence: string): Filed => ({ ok: false, sentence })
  const filed = readReassign(view)
  if (!filed) return refuse('Choose a person of this workspace.')
  const found = await escalationOf(deps, ask, filed.id)
  if (!found) return refuse((await gone(ask)).text)
  const permit = await permitOn(ask, found)
  if (!permit.allowed) return refuse(permit.reason)
  if (!(await mayTake(deps, filed.to, found.run))) return refuse(CANNOT_TAKE)
  const done = await reassign(deps, { ...found, by: ask.user, audit: permit.audit }, filed.to)
  return done ? { ok: true } : refuse(LATE)
}

const CANNOT_TAKE =
  'Only a full member of this workspace who may escalate for this host can take it; choose another person.'

/** Nothing of a host is written to a guest or a stranger, nor to somebody whose acknowledgement would be refused. */
async function mayTake(deps: EscalationDoorDeps, user: string, { team, host, topic }: Run): Promise<boolean> {
  const named = deps.gate.policy?.usergroups ?? []
  const [person, groups] = await Promise.all([deps.people(user, team), deps.memberships(user, named, false)])
  const principal = { kind: 'user', id: user, team, person, groups } as const
  return authorize(deps.gate, { principal, action: 'escalate', host, topic }).allowed
}

interface Found {
  readonly escalation: Escalation
  readonly run: Run
}

async function escalationOf({ db }: EscalationDoorDeps, ask: Ask, id: string): Promise<Found | null> {
  const escalation = isRowId(id) ? await getEscalation(db, id) : null
  if (!escalation || escalation.team !== ask.team || escalation.level === 1) return null
  const run = await getRun(db, escalation.runId)
  return run && { escalation, run }
}

const permitOn = (ask: Ask, { escalation, run }: Found): Promise<Permit> =>
  ask.permit(escalation.level === 3 ? 'page' : 'escalate', { host: run.host, topic: run.topic })

/** Where the lead cannot be reached, a ticket it is. */
const levelBelow = (deps: EscalationDoorDeps, { escalation, run }: Found): Level =>
  escalation.level === 3 && offerFor(deps, run, 2).state === 'ready' ? 2 : 1

/** A click on an old message: the thread is drawn again, and says how it stands. */
async function late(deps: EscalationDoorDeps, { run }: Found): Promise<Message> {
  await deps.db.tx((tx) => deps.queue.send(tx, { kind: 'redraw', runId: run.id }))
  return noticeMessage(LATE)
}
