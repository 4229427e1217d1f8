from components import *
from components import __all__ as __all__
