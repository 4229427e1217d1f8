"""Why the providers rightly differ, where they do."""

EARLIER = (
    "AWS refuses the value, by its own model of the API. The stand-in says so in the preview; Terraform leaves it to AWS, "
    "and the control plane here accepts it."
)
NEWER = "pulumi-aws 7, which the stand-in plays, is made of a newer provider than Terraform's 5.100, and accepts it."
RUNTIME = (
    "There may be newer runtimes than the provider knows, so the stand-in warns where Terraform refuses."
)
DEFAULT = "Terraform sends the service's default; the stand-in leaves the parameter out, which means the same on AWS."
REPORTED = "The control plane reports an empty object where AWS reports nothing, and Terraform plans to remove it again and again."
MISSING = "The control plane lacks an operation that Terraform needs."
UNREPORTED = "The control plane does not report the property, so Terraform sets it again and again, and does not see it removed."
LOST = (
    "The control plane loses the tags of a request that makes a stream, so the stand-in sets them after it."
)
EMPTY = "An empty object means the same as none, so the stand-in has nothing to do."
BY_NAME = (
    "Terraform compares a table's attributes by their names only, and leaves a table as it is whose key gets another type; "
    "AWS can only replace it, as the stand-in does."
)
ZERO = "Terraform takes 0 for no value and no value for 0: it sends what AWS refuses, or does not send what is given."
QUALIFIED = (
    "AWS reports the ARN only, and Terraform plans to change it to the qualified name again and again."
)
FILLED = "The control plane reports the limits that hold where none are set, and Terraform plans to remove them again and again."
KEPT = (
    "The control plane keeps what a request leaves out, and AWS does not: the stand-in sends an empty text."
)
EMPTY_POLICY = (
    "An empty policy removes the policy: Terraform does so, and then plans to make it again and again."
)
QUERY = (
    "Terraform asks CloudWatch by another protocol than boto3, in which the control plane reports and keeps only a part of "
    "an alarm: each plan of Terraform's updates it, so that nothing can be said of plans without a change."
)
NO_POLICY = (
    "An empty text is no policy: Terraform leaves the topic its own one, and the stand-in sends the text."
)
