"""What a workspace holds of each problem family: its configurations, its data, what is prepared."""
