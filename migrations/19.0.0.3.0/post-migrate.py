# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Open tickets know who has responded to them; the stage that waits stops the clock.

Before, nobody noted the first act of a person. Without it, the first service level that
a contract gets would find each of its open tickets unanswered.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        UPDATE helpdesk_ticket ticket
           SET support_response_date = found.moment
          FROM (
                SELECT ticket.id, LEAST(
                           ticket.assigned_date,
                           (SELECT MIN(message.date)
                              FROM mail_message message
                              JOIN res_users author
                                ON author.partner_id = message.author_id
                               AND author.share IS NOT TRUE
                               AND author.id <> %(robot)s
                             WHERE message.model = 'helpdesk.ticket'
                               AND message.res_id = ticket.id
                               AND message.subtype_id = %(comment)s
                               AND message.message_type
                                   IN ('comment', 'email', 'email_outgoing')),
                           (SELECT MIN(COALESCE(line.work_start, line.create_date))
                              FROM account_analytic_line line
                             WHERE line.ticket_id = ticket.id)
                       ) AS moment
                  FROM helpdesk_ticket ticket
                 WHERE ticket.support_response_date IS NULL
               ) found
         WHERE ticket.id = found.id AND found.moment IS NOT NULL
        """,
        {
            "robot": env.ref("base.user_root").id,
            "comment": env.ref("mail.mt_comment").id,
        },
    )
    env.invalidate_all()
    env["helpdesk.ticket.stage"]._init_support_pauses()
