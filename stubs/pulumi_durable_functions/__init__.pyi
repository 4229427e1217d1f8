from components import *
