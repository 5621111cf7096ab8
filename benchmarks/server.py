# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Odoo's command line as a file, which its server with workers can start again."""

from odoo.cli.command import main

main()
