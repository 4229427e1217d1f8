"""The policy pack: `pulumi preview --policy-pack policies`."""

from durable_policies.serving import serve

serve()
