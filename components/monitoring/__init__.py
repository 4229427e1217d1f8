"""Monitoring: alarms and their topic, messages about failures, a dashboard, and the cost of executions."""
