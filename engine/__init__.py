# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is decided about money and time: pure Python, no Odoo, no I/O, no clock.

``clock``     which time band work falls into, when the desk opens
``sla``       when targets of a service level are due
``rates``     which rate prices it, and what covers it
``rating``    time and rules become charges
``lots``      lots of credit, and what work may take of them
``burndown``  charges and lots become slices and overrun
``allowance`` free tickets of a month
``fees``      the recurring fee of covered assets
``refund``    what credit is worth when it is paid back
``money``     rounding to a currency
``dates``     validity of credit
``alerts``    what a monitoring system sends, as alerts

Time is whole minutes, money is ``Decimal``.
"""
