from . import support_credit_add
from . import support_credit_adjust
from . import support_charge_waive
from . import support_statement_print
from . import account_move_reversal
from . import support_overrun_invoice
