from . import contract
from . import portal
