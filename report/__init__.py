from . import support_remedy_report
from . import support_statement_report
