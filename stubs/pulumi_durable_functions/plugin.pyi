from components.plugin import *
