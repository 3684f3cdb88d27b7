import type { Button } from '@slack/types'

/** The action ids of every button that we post. handlers/routes.ts has a row for each. */
export const actionIds = {
  again: 'run_again',
  cancel: 'run_cancel',
  choose: 'diagnose_chosen',
  openForm: 'diagnose_open',
  ticket: 'escalate_1',
  lead: 'escalate_2',
  page: 'escalate_3',
  leadInstead: 'page_override_lead',
  editTicket: 'ticket_edit',
  takeTicket: 'ticket_take',
  assignTicket: 'ticket_assign',
  commentTicket: 'ticket_comment',
  closeTicket: 'ticket_close',
  reopenTicket: 'ticket_reopen',
  moreTickets: 'tickets_more',
  acknowledge: 'ladder_acknowledge',
  reassign: 'ladder_reassign',
  deEscalate: 'ladder_deescalate',
  resolve: 'ladder_resolve',
  resolveAll: 'ladder_resolve_all',
  fix: 'fix_apply',
  approve: 'fix_approve',
  decline: 'fix_decline',
  right: 'feedback_right',
  wrong: 'feedback_wrong_open',
  history: 'history_show',
  watch: 'watch_start',
  unwatch: 'watch_stop',
  cancelFleet: 'fleet_cancel',
  againFleet: 'fleet_again',
  againFleetOpen: 'fleet_again_open',
  /** A menu, whose options are asked for: its value is a run's id. */
  fleetHost: 'fleet_host',
} as const

export const button = (actionId: string, label: string, value: string): Button => ({
  type: 'button',
  action_id: actionId,
  text: { type: 'plain_text', text: label, emoji: false },
  value,
})
