"""The table: everything that is compared, by resource type."""

from differential.subject import Subject
from differential.subjects import (
    cloudwatch,
    events,
    iam,
    lambda_,
    lambda_function,
    lambda_mapping,
    messaging,
    storage,
)

SUBJECTS: tuple[Subject, ...] = (
    *iam.SUBJECTS,
    *lambda_function.SUBJECTS,
    *lambda_.SUBJECTS,
    *lambda_mapping.SUBJECTS,
    *cloudwatch.SUBJECTS,
    *events.SUBJECTS,
    *messaging.SUBJECTS,
    *storage.SUBJECTS,
)
