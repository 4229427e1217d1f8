durable invoke batch '{"day": "2026-11-25"}' --wait
aws s3 cp "s3://$(pulumi stack output statements)/2026-11-25/ada.json" -
