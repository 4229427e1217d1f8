"""The operator's commands: they read a stack's outputs, so nobody types an ARN, and talk to Lambda."""
