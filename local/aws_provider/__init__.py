"""The AWS resource provider of the local cloud: what `pulumi-resource-aws` is to AWS, for loopback only."""
