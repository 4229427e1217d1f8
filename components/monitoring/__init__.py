"""What one watches: alarms and their topic, messages about failures, a dashboard, and what executions cost."""
