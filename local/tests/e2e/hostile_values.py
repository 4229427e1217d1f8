"""Values that no well-behaved client sends in the path and query of a request."""

from hypothesis import strategies as st

NAME = "hostile"
ARN = f"arn:aws:lambda:us-east-1:000000000000:function:{NAME}"
TEXTS = st.sampled_from(
    [
        *(
            "",
            NAME,
            f"{NAME}:live",
            f"{NAME}:$LATEST",
            f"{NAME}:9",
            ARN,
            f"{ARN}:live",
            "arn:aws:lambda",
            ":",
            "live",
        ),
        *(
            "$LATEST",
            "..",
            "%00",
            "%2F",
            "°",
            "a" * 5_000,
            "-1",
            "0",
            "1e9",
            "true",
            "null",
            "{}",
            "[]",
            "\r\nx: y",
        ),
        f"{ARN}:1/durable-execution/name/id",
    ]
) | st.text(max_size=40)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["Qualifier", "Marker", "MaxItems", "Statuses", "StartedAfter", "ReverseOrder", "CheckpointToken"]
    ),
    TEXTS,
    max_size=3,
)
