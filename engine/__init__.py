# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is decided about money and time: pure Python, no Odoo, no I/O, no clock.

``rating``    time and rules become charges
``burndown``  charges and lots become slices and overrun
``refund``    what credit is worth when it is paid back
``money``     rounding to a currency
``dates``     validity of credit

Time is whole minutes, money is ``Decimal``.
"""
