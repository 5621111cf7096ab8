from . import contract
from . import monitoring
from . import portal
