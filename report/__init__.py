from . import support_statement_report
