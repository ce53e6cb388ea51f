"""What runs beside the web: jobs, the periodic clock, the worker process."""
