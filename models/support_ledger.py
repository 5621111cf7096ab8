# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class SupportLedger(models.AbstractModel):
    """Records that the system makes out of what people do: work, charges, credit.

    They are made with the system's rights while a request of somebody runs, so nothing
    of that request may choose their values.
    """

    _name = "support.ledger"
    _description = "Support: Made by the System"

    @api.model
    def default_get(self, fields_list):  # pylint: disable=method-required-super
        """The defaults of the fields only: none of the context, none of a user."""
        self.browse().check_access("create")
        values = {}
        for name in fields_list:
            field = self._fields.get(name)
            if field and field.default:
                value = field.convert_to_cache(
                    field.default(self), self, validate=False
                )
                record_value = field.convert_to_record(value, self)
                values[name] = field.convert_to_write(record_value, self)
        return values
