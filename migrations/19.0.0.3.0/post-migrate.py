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
           SET support_touch_date = found.touch,
               support_response_date = LEAST(found.touch, found.work)
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
                                   IN ('comment', 'email', 'email_outgoing'))
                       ) AS touch,
                       (SELECT MIN(COALESCE(line.work_start, line.create_date))
                          FROM account_analytic_line line
                         WHERE line.ticket_id = ticket.id) AS work
                  FROM helpdesk_ticket ticket
                 WHERE ticket.support_response_date IS NULL
               ) found
         WHERE ticket.id = found.id
           AND COALESCE(found.touch, found.work) IS NOT NULL
        """,
        {
            "robot": env.ref("base.user_root").id,
            "comment": env.ref("mail.mt_comment").id,
        },
    )
    cr.execute(
        """
        INSERT INTO support_ticket_pause
                    (ticket_id, company_id, reason, date_from, create_uid, create_date)
        SELECT ticket.id, ticket.company_id, 'closed',
               COALESCE(ticket.closed_date, ticket.last_stage_update), 1,
               now() at time zone 'UTC'
          FROM helpdesk_ticket ticket
          JOIN helpdesk_ticket_stage stage
            ON stage.id = ticket.stage_id AND stage.closed
         WHERE COALESCE(ticket.closed_date, ticket.last_stage_update) IS NOT NULL
           AND NOT EXISTS (SELECT FROM support_ticket_pause pause
                            WHERE pause.ticket_id = ticket.id)
        """
    )
    env.invalidate_all()
    env["helpdesk.ticket.stage"]._init_support_pauses()
