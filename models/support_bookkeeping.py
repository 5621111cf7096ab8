# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import AccessError

#: Handed in the context where we copy or make documents; no client can send it.
BOOKKEEPING = object()


class SupportBookkeeping(models.AbstractModel):
    """Fields on documents of others that say what they did to credit.

    People may write the documents, but these fields follow from what happens to them.
    Only the superuser and our own copies set them, never a request.
    """

    _name = "support.bookkeeping"
    _description = "Support Bookkeeping"

    _support_bookkeeping_fields = ()

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_support_bookkeeping():
            for vals in vals_list:
                # Also where the context has a default.
                vals.update(dict.fromkeys(self._support_bookkeeping_fields, False))
        return super().create(vals_list)

    def write(self, vals):
        names = vals.keys() & set(self._support_bookkeeping_fields)
        if names and not self._is_support_bookkeeping():
            raise AccessError(
                self.env._(
                    "%(fields)s: this follows from what happens to the document and "
                    "cannot be typed.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(names)
                    ),
                )
            )
        return super().write(vals)

    @api.model
    def _is_support_bookkeeping(self):
        return self.env.su or self.env.context.get("support_bookkeeping") is BOOKKEEPING
